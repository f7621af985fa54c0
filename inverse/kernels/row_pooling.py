"""The first half of spatial pooling: pixels, given as bins and values, into rows of cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.banded import LEFT, Banded
from inverse.kernels.scratch import Plane, Scratch

__all__ = ["BandedRows", "SparseRows", "few_rows"]


class SparseRows:
    """A x_c for all channels c, as one sparse matrix: for pixels that count in few rows.

    Notes
    -----
    For given bins the map is linear: pooled = S v and dv = Sᵀ dpooled, with v the values of the
    pixels. A pixel (h, w) counts in p rows, two for HOG; S has a column for each bin that a pixel
    gives to, each of its p rows and each pixel, and in it one nonzero, the weight A[row, h], at
    the place of (row, bin, w). From image to image only the bins change, and with them the places.
    """

    def __init__(
        self, matrix: Plane, shape: Shape, dtype: np.dtype[Any], scratch: Scratch, bins: int
    ) -> None:
        from scipy import sparse  # only when used: it takes a while to import

        height, channels, width = shape
        rows, weights = few_rows(matrix)
        count = len(rows)
        base = rows[:, :, None] * (channels * width) + np.arange(width)
        self._base = base.astype(np.int32)
        self._width = np.int32(width)
        self._offset = scratch("offset", (height, width), np.int32)
        self._places = np.zeros((bins, count, height, width), np.int32)
        data = np.tile(np.repeat(weights.astype(dtype).ravel(), width), bins)
        pointers = np.arange(data.size + 1, dtype=np.int32)
        size = (len(matrix) * channels * width, data.size)
        self._matrix = sparse.csc_array((data, self._places.ravel(), pointers), shape=size)
        self._adjoint = self._matrix.T
        self._spread = scratch("spread", self._places.shape, dtype)

    def forward(self, bins: tuple[Plane, ...], values: tuple[Plane, ...], pooled: Plane) -> Plane:
        """The pooled rows, in an array of its own."""
        for places, spread, plane, value in zip(
            self._places, self._spread, bins, values, strict=True
        ):
            np.multiply(plane, self._width, out=self._offset)
            np.add(self._base, self._offset, out=places)
            np.copyto(spread, value)
        return np.asarray(self._matrix @ self._spread.ravel()).reshape(pooled.shape)

    def backward(self, dpooled: Plane, received: tuple[Plane, ...]) -> None:
        """Write the adjoint at each pixel's bins into ``received``."""
        spread = (self._adjoint @ dpooled.ravel()).reshape(self._spread.shape)
        for value, parts in zip(received, spread, strict=True):
            np.add.reduce(parts, axis=0, out=value)


class BandedRows:
    """A x_c for all channels c, as a banded product: for pixels that count in many rows.

    Notes
    -----
    The pixels are put into an array (H, 2K, W), zero elsewhere, on which A acts as a product of
    matrices. Backward reads the array's gradient at each pixel's bins only.
    """

    def __init__(
        self, matrix: Plane, shape: Shape, dtype: np.dtype[Any], scratch: Scratch, bins: int
    ) -> None:
        height, channels, width = shape
        self._rows, self._adjoint = Banded(matrix, dtype, LEFT), Banded(matrix.T, dtype, LEFT)
        self._table = scratch("table", (height, channels, width), dtype)
        base = np.arange(height)[:, None] * (channels * width) + np.arange(width)
        self._base, self._width = base.astype(np.int32), np.int32(width)
        self._offset = scratch("offset", (height, width), np.int32)
        self._places = np.empty((bins, height, width), np.intp)

    def forward(self, bins: tuple[Plane, ...], values: tuple[Plane, ...], pooled: Plane) -> Plane:
        """The pooled rows, in the array ``pooled``."""
        self._table.fill(0)
        for places, plane, value in zip(self._places, bins, values, strict=True):
            # in 32 bits, and then converted: mixed widths would be 1.5 times slower
            np.multiply(plane, self._width, out=self._offset)
            np.add(self._offset, self._base, out=self._offset)
            np.copyto(places, self._offset)
            # a pixel's bins differ, so that no place is written twice
            self._table.ravel()[places.ravel()] = value.ravel()
        self._rows.left(_flat(self._table), _flat(pooled))
        return pooled

    def backward(self, dpooled: Plane, received: tuple[Plane, ...]) -> None:
        """Write the adjoint at each pixel's bins into ``received``."""
        self._adjoint.left(_flat(dpooled), _flat(self._table))
        for value, places in zip(received, self._places, strict=True):
            np.take(self._table.ravel(), places, out=value, mode="clip")


def few_rows(matrix: Plane) -> tuple[Plane, Plane]:
    """The rows in which each column counts, and its weights there: (most rows, columns) each.

    A column that counts in fewer rows than others is filled up with weights 0.
    """
    nonzero = matrix != 0
    first = nonzero.argmax(axis=0)
    last = len(matrix) - 1 - nonzero[::-1].argmax(axis=0)
    rows = first + np.arange(int((last - first).max()) + 1)[:, None]
    inside = rows < len(matrix)
    rows = np.minimum(rows, len(matrix) - 1)
    return rows, np.where(inside, matrix[rows, np.arange(matrix.shape[1])], 0.0)


def _flat(x: Plane) -> Plane:
    return x.reshape(len(x), -1)
