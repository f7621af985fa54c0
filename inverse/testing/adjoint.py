"""The backward of a linear layer is its adjoint, checked to rounding and without differences."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.layers import Join
from inverse.testing.compare import (
    SAME,
    Differentiable,
    Seed,
    agree,
    draw,
    generator,
    generic,
    name_of,
)
from inverse.testing.packed import as_layer

__all__ = ["check_adjoint"]


def check_adjoint(
    layer: Differentiable | Join, x: Array | tuple[Array, ...], *, rng: Seed = 0
) -> None:
    """Check that a layer is linear, y = A x, and that its backward is Aᵀ.

    Parameters
    ----------
    layer : Layer or Join
        Or any object with ``forward(x) -> (y, cache)`` and ``backward(dy, cache) -> dx``.
    x : array of shape (N, ...), N ≥ 2
        Any generic input. For a join, the tuple of its inputs.
    rng : int or numpy.random.Generator
        Where dy and a second input come from.

    Raises
    ------
    AssertionError
        If f(2x − 3z) ≠ 2 f(x) − 3 f(z), or ⟨f(x), dy⟩ ≠ ⟨x, backward(dy)⟩, in float64.
    InputError
        If x is no batch of at least two images, or not finite, or all zero.

    Notes
    -----
    Sharper than finite differences: both sides agree to 1e-10 and no step can be wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from inverse.layers import CellPooling
    >>> check_adjoint(CellPooling(2), np.random.default_rng(0).standard_normal((2, 5, 4, 3)))
    """
    name = name_of(layer)
    layer, x = as_layer(layer, x)
    x = generic(x, "check_adjoint")
    rng = generator(rng)
    z = draw(rng, x) * np.sqrt(np.mean(x**2))
    y, cache = layer.forward(x)
    combined = 2 * np.asarray(y) - 3 * np.asarray(layer.forward(z)[0])
    nonlinear = f"{name}: forward is not linear, f(2x - 3z) is not 2 f(x) - 3 f(z)"
    agree(nonlinear, combined, layer.forward(2 * x - 3 * z)[0])
    for _ in range(3):
        dy = draw(rng, y)
        forward, backward = y * dy, x * layer.backward(dy, cache)
        size = max(np.abs(forward).sum(), np.abs(backward).sum())
        left, right = forward.sum(), backward.sum()
        if not abs(left - right) <= SAME * size:
            raise AssertionError(
                f"{name}: backward is not the adjoint of forward, <f(x), dy> is {left:.9g} but "
                f"<x, backward(dy)> is {right:.9g}"
            )
