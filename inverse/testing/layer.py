"""The contract of a layer, checked."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.layers import Join
from inverse.testing.compare import (
    Differentiable,
    Matrix,
    Seed,
    agree,
    draw,
    extreme_inputs,
    finite,
    float32_agrees,
    generator,
    generic,
    layouts,
    name_of,
    same_shape,
    unchanged,
)
from inverse.testing.derivative import Function, check_derivative
from inverse.testing.packed import as_layer

__all__ = ["check_layer", "energy"]


def check_layer(
    layer: Differentiable | Join,
    x: Array | tuple[Array, ...],
    *,
    rng: Seed = 0,
    float32_tolerance: float = 1e-3,
) -> None:
    """Check that a layer keeps the contract of `inverse.layers.Layer`, or a join of `Join`.

    Parameters
    ----------
    layer : Layer or Join
        Or any object with ``forward(x) -> (y, cache)`` and ``backward(dy, cache) -> dx``; its
        ``output_shape`` is checked if it has one.
    x : array of shape (N, ...), N ≥ 2
        A generic input: random numbers in the layer's range, none on a kink. For a join, the
        tuple of its inputs.
    rng : int or numpy.random.Generator
        Where dy and the directions come from.
    float32_tolerance : float
        How far float32 results may be from float64 ones, relative to their norm. A decision that
        falls differently near a tie moves a result by more than rounding does.

    Raises
    ------
    AssertionError
        With the fault that was found, one of: a wrong ``output_shape``; writing to x or to dy; a
        dx of another shape than x; results that change from call to call; state kept outside
        the cache; images of a batch that influence one another; results that depend on the
        memory layout; numbers that are not finite for a generic, flat, zero or huge input; dtypes
        that are not kept; a backward that is not the derivative of forward.
    InputError
        If x is no batch of at least two images, or not finite, or all zero.

    Notes
    -----
    The derivative is checked in float64 along random v and for random dy, for each image:

        ⟨dy, (f(x + h v) − f(x − h v)) / 2h⟩ = ⟨J(x)ᵀ dy, v⟩       up to 1e-4

    A direction in which the difference quotients at h and h/2, or before and behind x, disagree
    crosses a kink and is left out.

    Examples
    --------
    >>> import numpy as np
    >>> from inverse.layers import Clamp
    >>> x = np.random.default_rng(0).standard_normal((2, 4, 3, 1))
    >>> check_layer(Clamp(0.5), x)
    >>> class Doubled(Clamp):
    ...     def backward(self, dy, cache):
    ...         return 2 * dy * cache
    >>> check_layer(Doubled(0.5), x)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: Doubled: backward disagrees with finite differences ...
    """
    name = name_of(layer)
    layer, x = as_layer(layer, x)
    x = generic(x, "check_layer")
    rng = generator(rng)
    y, dy = _check_shapes_and_writing(layer, name, x, rng)
    _check_repeatable(layer, name, x, dy)
    _check_state(layer, name, x, dy)
    _check_batch(layer, name, x, dy)
    _check_layout(layer, name, x, dy)
    _check_finite(layer, name, x, dy)
    _check_dtype(layer, name, x, dy, float32_tolerance)
    for dy in (draw(rng, y), draw(rng, y)):
        _check_gradient(layer, name, x, dy, rng)


def _run(layer: Differentiable, x: Matrix, dy: Matrix) -> tuple[Matrix, Matrix]:
    """y and dx for copies of the inputs that the layer may do with as it likes."""
    y, cache = layer.forward(x.copy(order="K"))
    return np.array(y), np.array(layer.backward(dy.copy(order="K"), cache))


def _check_shapes_and_writing(
    layer: Differentiable, name: str, x: Matrix, rng: np.random.Generator
) -> tuple[Matrix, Matrix]:
    given = x.copy()
    y, cache = layer.forward(given)
    unchanged(f"{name}: forward writes to its input x", x, given)
    if hasattr(layer, "output_shape"):
        promised = layer.output_shape(x.shape)
        same_shape(f"{name}: forward disagrees with output_shape", promised, y.shape)
    y = np.array(y)
    dy = draw(rng, y)
    passed = dy.copy()
    dx = layer.backward(passed, cache)
    unchanged(f"{name}: backward writes to its input dy", dy, passed)
    unchanged(f"{name}: backward writes to the input x of forward", x, given)
    same_shape(f"{name}: backward gives a dx that does not fit x", x.shape, dx.shape)
    for kind, values in (("y", y), ("dx", dx)):
        if values.dtype != np.float64:
            raise AssertionError(
                f"{name}: {kind} should be float64 for float64 input, got {values.dtype}"
            )
    return y, dy


def _check_repeatable(layer: Differentiable, name: str, x: Matrix, dy: Matrix) -> None:
    first, second = _run(layer, x, dy), _run(layer, x, dy)
    unchanged(f"{name}: forward is not deterministic, a second call differs", first[0], second[0])
    unchanged(f"{name}: backward is not deterministic, a second call differs", first[1], second[1])
    _, cache = layer.forward(x.copy())
    dx = np.array(layer.backward(dy.copy(), cache))
    again = np.array(layer.backward(dy.copy(), cache))
    unchanged(f"{name}: backward changes its cache, a second backward differs", dx, again)


def _check_state(layer: Differentiable, name: str, x: Matrix, dy: Matrix) -> None:
    """Forward of another batch must not meet the first, whose backward is still to come."""
    _, expected = _run(layer, x, dy)
    stale = f"{name}: state is kept outside the cache, a later forward changes the earlier"
    for other in (x[::-1].copy(), x[:1].copy()):
        y, cache = layer.forward(x.copy())
        before = np.array(y)
        _, later = layer.forward(other)
        unchanged(f"{stale} y", before, y)
        try:
            dx = layer.backward(dy.copy(), cache)
        except Exception as error:
            raise AssertionError(f"{stale} backward, which now raises {error!r}") from error
        unchanged(f"{stale} backward", expected, dx)
        before = np.array(dx)
        layer.backward(dy[: len(other)].copy(), later)
        unchanged(f"{stale} dx", before, dx)


def _check_batch(layer: Differentiable, name: str, x: Matrix, dy: Matrix) -> None:
    y, dx = _run(layer, x, dy)
    for n in range(len(x)):
        alone = _run(layer, x[n : n + 1], dy[n : n + 1])
        mixed = f"mixes the images of a batch, image {n} alone differs"
        agree(f"{name}: forward {mixed}", alone[0], y[n : n + 1])
        agree(f"{name}: backward {mixed}", alone[1], dx[n : n + 1])


def _check_layout(layer: Differentiable, name: str, x: Matrix, dy: Matrix) -> None:
    y, dx = _run(layer, x, dy)
    for (layout, strided_x), (_, strided_dy) in zip(layouts(x), layouts(dy), strict=True):
        found, cache = layer.forward(strided_x)
        depends = f"depends on the memory layout, a {layout} array gives other numbers"
        agree(f"{name}: forward {depends}", y, found)
        agree(f"{name}: backward {depends}", dx, layer.backward(strided_dy, cache))


def _check_finite(layer: Differentiable, name: str, x: Matrix, dy: Matrix) -> None:
    for kind, values in extreme_inputs(x):
        with np.errstate(all="ignore"):
            y, dx = _run(layer, values, dy.astype(values.dtype))
        finite(f"{name}: forward is not finite for {kind}", y)
        finite(f"{name}: backward is not finite for {kind}", dx)


def _check_dtype(layer: Differentiable, name: str, x: Matrix, dy: Matrix, tolerance: float) -> None:
    single, dsingle = x.astype(np.float32), dy.astype(np.float32)
    double = _run(layer, single.astype(np.float64), dsingle.astype(np.float64))
    y, dx = _run(layer, single, dsingle)
    float32_agrees(f"{name}: y", double[0], y, tolerance)
    float32_agrees(f"{name}: dx", double[1], dx, tolerance)


def _check_gradient(
    layer: Differentiable, name: str, x: Matrix, dy: Matrix, rng: np.random.Generator
) -> None:
    dx = _run(layer, x, dy)[1]
    check_derivative(f"{name}: backward", energy(layer, dy), dx, x, rng)


def energy(layer: Differentiable, dy: Matrix) -> Function:
    """E(x) = ⟨dy, f(x)⟩ of each image, whose gradient is J(x)ᵀ dy."""

    def values(x: Matrix) -> tuple[Matrix, Matrix]:
        products = (np.asarray(layer.forward(x)[0]) * dy).reshape(len(x), -1)
        return products.sum(axis=1), np.abs(products).sum(axis=1)

    return values
