"""The contract of a term of an objective, a loss or a regularizer, checked."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.testing.compare import (
    Matrix,
    Seed,
    Term,
    agree,
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
from inverse.testing.derivative import check_derivative

__all__ = ["check_term"]


def check_term(term: Term, x: Array, *, rng: Seed = 0) -> None:
    """Check that a loss or a regularizer keeps its contract.

    Parameters
    ----------
    term : object with ``value_and_grad(x) -> (values, gradient)``
        ``values`` of shape (N,) in float64, one for each image; ``gradient`` of the shape and
        dtype of x, image n of it the derivative of ``values[n]`` with respect to image n.
    x : array of shape (N, ...), N ≥ 2
        A generic input: random numbers in the term's range, none on a kink.
    rng : int or numpy.random.Generator
        Where the directions come from.

    Raises
    ------
    AssertionError
        With the fault that was found, one of: values that are not of shape (N,) and float64; a
        gradient of another shape than x; writing to x; results that change from call to call or
        that a later call changes; images of a batch that influence one another; results that
        depend on the memory layout; numbers that are not finite for a generic, flat, zero or
        huge input; a gradient that does not keep the dtype of x or is not that of the values.
    InputError
        If x is no batch of at least two images, or not finite, or all zero.

    Examples
    --------
    >>> import numpy as np
    >>> class Energy:
    ...     def value_and_grad(self, x):
    ...         return np.sum(x * x, axis=(1, 2, 3), dtype=np.float64), 2 * x
    >>> check_term(Energy(), np.random.default_rng(0).standard_normal((2, 4, 3, 1)))
    """
    name = name_of(term)
    x = generic(x, "check_term")
    given = x.copy()
    values, gradient = term.value_and_grad(given)
    unchanged(f"{name}: value_and_grad writes to its input x", x, given)
    _check_values(name, x, values)
    same_shape(f"{name}: the gradient does not fit x", x.shape, gradient.shape)
    if gradient.dtype != np.float64:
        raise AssertionError(
            f"{name}: the gradient should be float64 for float64 input, got {gradient.dtype}"
        )
    _check_repeatable(term, name, x)
    _check_batch(term, name, x)
    _check_layout(term, name, x)
    _check_finite(term, name, x)
    _check_dtype(term, name, x)

    def energy(at: Matrix) -> tuple[Matrix, Matrix]:
        found = _run(term, at)[0]
        return found, np.abs(found)

    gradient = _run(term, x)[1]
    check_derivative(f"{name}: the gradient", energy, gradient, x, generator(rng))


def _run(term: Term, x: Matrix) -> tuple[Matrix, Matrix]:
    values, gradient = term.value_and_grad(x.copy(order="K"))
    return np.array(values), np.array(gradient)


def _check_values(name: str, x: Matrix, values: Array) -> None:
    values = np.asarray(values)
    if values.shape == () and len(x) > 1:
        raise AssertionError(
            f"{name}: values are summed over the batch: expected shape ({len(x)},), got ()"
        )
    same_shape(f"{name}: there should be one value for each image", (len(x),), values.shape)
    if values.dtype != np.float64:
        raise AssertionError(
            f"{name}: values should be float64 for {x.dtype} input, got {values.dtype}"
        )


def _check_repeatable(term: Term, name: str, x: Matrix) -> None:
    first, second = _run(term, x), _run(term, x)
    again = "is not deterministic, a second call differs"
    unchanged(f"{name}: the value {again}", first[0], second[0])
    unchanged(f"{name}: the gradient {again}", first[1], second[1])
    values, gradient = term.value_and_grad(x.copy())
    _run(term, x[::-1])
    stale = "state is kept between calls, a later call changes the earlier"
    unchanged(f"{name}: {stale} value", first[0], values)
    unchanged(f"{name}: {stale} gradient", first[1], gradient)


def _check_batch(term: Term, name: str, x: Matrix) -> None:
    values, gradient = _run(term, x)
    for n in range(len(x)):
        alone = _run(term, x[n : n + 1])
        mixed = f"mixes the images of a batch, image {n} alone differs"
        agree(f"{name}: the value {mixed}", alone[0], values[n : n + 1])
        agree(f"{name}: the gradient {mixed}", alone[1], gradient[n : n + 1])


def _check_layout(term: Term, name: str, x: Matrix) -> None:
    values, gradient = _run(term, x)
    for layout, strided in layouts(x):
        found = term.value_and_grad(strided)
        depends = f"depends on the memory layout, a {layout} array gives other numbers"
        agree(f"{name}: the value {depends}", values, found[0])
        agree(f"{name}: the gradient {depends}", gradient, found[1])


def _check_finite(term: Term, name: str, x: Matrix) -> None:
    for kind, inputs in extreme_inputs(x):
        with np.errstate(all="ignore"):
            values, gradient = _run(term, inputs)
        finite(f"{name}: the value is not finite for {kind}", values)
        finite(f"{name}: the gradient is not finite for {kind}", gradient)


def _check_dtype(term: Term, name: str, x: Matrix) -> None:
    single = x.astype(np.float32)
    values, gradient = _run(term, single)
    _check_values(name, single, values)
    expected = _run(term, single.astype(np.float64))
    agree(f"{name}: the value in float32 is far from float64", expected[0], values, rtol=1e-3)
    float32_agrees(f"{name}: the gradient", expected[1], gradient, 1e-3)
