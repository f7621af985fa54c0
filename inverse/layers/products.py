"""Products with a matrix along the last axis."""

from __future__ import annotations

from inverse.arrays import Array, namespace

__all__ = ["product"]


def product(x: Array, matrix: Array) -> Array:
    """x times the matrix along the last axis: one product, however many axes x has."""
    xp = namespace(x)
    y = xp.matmul(xp.reshape(x, (-1, x.shape[-1])), matrix)
    return xp.reshape(y, (*x.shape[:-1], matrix.shape[1]))
