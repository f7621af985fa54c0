"""Separable linear maps of the two spatial axes, y = A x Bᵀ: how pooling is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Array, constant, namespace

__all__ = ["Matrix", "separable", "separable_adjoint"]

Matrix = np.ndarray[Any, Any]


def separable(rows: Matrix, x: Array, cols: Matrix) -> Array:
    """y[n, i, j, c] = Σ_hw A[i, h] B[j, w] x[n, h, w, c] by two matrix products.

    The products run image by image, so that an image's result does not depend on its batch.
    """
    xp = namespace(x)
    n, h, w, c = x.shape
    y = xp.matmul(constant(rows, x), xp.reshape(x, (n, h, w * c)))
    return xp.matmul(constant(cols, x), xp.reshape(y, (n, rows.shape[0], w, c)))


def separable_adjoint(rows: Matrix, dy: Array, cols: Matrix) -> Array:
    """dx = Aᵀ dy B, the adjoint of `separable`: ⟨A x Bᵀ, dy⟩ = ⟨x, Aᵀ dy B⟩."""
    return separable(rows.T, dy, cols.T)
