"""Products with the banded matrices of pooling, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.kernels.scratch import Plane

__all__ = ["LEFT", "RIGHT", "RIGHT_ADJOINT", "Banded"]

LEFT, RIGHT, RIGHT_ADJOINT = 8, 16, 32
"""Rows of a block: enough for an efficient matrix product, few enough to skip most zeros.

A product from the left is efficient with few rows, for those of x are long. From the right, a block
is a few columns of y; those of an adjoint read still fewer columns of x.
"""


class Banded:
    """A matrix that is zero outside a band, cut into blocks of rows with their nonzero columns.

    Notes
    -----
    A pooling matrix has a handful of nonzeros in each row. Cut into blocks of rows, each with the
    columns that it touches, it is a few small dense matrices, whose products cost a fraction of
    the full one. Exact: only products with zero are left out.
    """

    def __init__(self, matrix: Plane, dtype: np.dtype[Any], block: int) -> None:
        count = max(1, len(matrix) // block)
        self._blocks: list[tuple[slice, slice, Plane]] = []
        for rows in np.array_split(np.arange(len(matrix)), count):
            out = slice(rows[0], rows[-1] + 1)
            nonzero = np.flatnonzero(matrix[out].any(axis=0))
            into = slice(nonzero[0], nonzero[-1] + 1) if len(nonzero) else slice(0, 1)
            self._blocks.append((out, into, np.ascontiguousarray(matrix[out, into], dtype)))

    def left(self, x: Plane, y: Plane) -> None:
        """y = M x, for x (columns, anything)."""
        for out, into, block in self._blocks:
            np.matmul(block, x[into], out=y[out])

    def right(self, x: Plane, y: Plane) -> None:
        """y = x Mᵀ, for x (anything, columns)."""
        for out, into, block in self._blocks:
            np.matmul(x[:, into], block.T, out=y[:, out])
