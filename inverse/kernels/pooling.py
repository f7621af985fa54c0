"""Spatial pooling of an image that has one or two nonzero channels at each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.banded import RIGHT, RIGHT_ADJOINT, Banded
from inverse.kernels.row_pooling import BandedRows, SparseRows, few_rows
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import CellPooling, DescriptorPooling
from inverse.layers.descriptor_pooling import BINS

__all__ = ["Pooling"]

MOST_ROWS = 4
"""Up to this many rows of cells for each pixel, a sparse matrix beats a banded one."""


class Pooling:
    """Equals `CellPooling` or `DescriptorPooling` of channels given as bins and values.

    Notes
    -----
    With the pooling matrices A of rows and B of columns, y_c = A x_c Bᵀ for each channel c, where
    x_c holds the values of the pixels whose bin is c. A acts first, where most is zero (see
    `row_pooling`), and gives an array (rows, 2K, W). On it Bᵀ is a plain matrix product, and only
    the small outcome is transposed. Backward is the transpose, from last to first. Exact, but for
    the order in which numbers are added.
    """

    def __init__(
        self,
        layer: CellPooling | DescriptorPooling,
        shape: Shape,
        dtype: np.dtype[Any],
        scratch: Scratch,
        bins: int,
    ) -> None:
        _, channels, width = shape
        rows, cols = layer._weights(shape[0], width)
        self._side = BINS if isinstance(layer, DescriptorPooling) else 1
        few = len(few_rows(rows)[0]) <= MOST_ROWS
        self._rows = (SparseRows if few else BandedRows)(rows, shape, dtype, scratch, bins)
        self._cols = Banded(cols, dtype, RIGHT)
        self._cols_adjoint = Banded(cols.T, dtype, RIGHT_ADJOINT)
        self._pooled = scratch("pooled", (len(rows), channels, width), dtype)
        self._histogram = scratch("histogram", (len(rows), channels, len(cols)), dtype)

    def forward(self, bins: tuple[Plane, ...], values: tuple[Plane, ...], y: Plane) -> None:
        """Write the pooled histograms of ``values`` at ``bins`` into ``y``."""
        pooled = self._rows.forward(bins, values, self._pooled)
        self._cols.right(_as_matrix(pooled), _as_matrix(self._histogram))
        np.copyto(self._by_descriptor(y), self._histogram_by_bin())

    def backward(self, dy: Plane, received: tuple[Plane, ...]) -> None:
        """Write into ``received`` the adjoint of the pooling, at each pixel's bins."""
        by_bin, by_descriptor = self._histogram_by_bin(), self._by_descriptor(dy)
        for b in range(self._side):  # one bin at a time: longer runs than all at once
            np.copyto(by_bin[:, :, :, b], by_descriptor[:, :, :, b])
        self._cols_adjoint.right(_as_matrix(self._histogram), _as_matrix(self._pooled))
        self._rows.backward(self._pooled, received)

    def _histogram_by_bin(self) -> Plane:
        """The histogram (R b, 2K, S b) as (R, S, b, b, 2K), b bins a side: one for a cell."""
        rows, channels, cols = self._histogram.shape
        b = self._side
        split = self._histogram.reshape(rows // b, b, channels, cols // b, b)
        return split.transpose(0, 3, 1, 4, 2)

    def _by_descriptor(self, y: Plane) -> Plane:
        b = self._side
        return y.reshape(*y.shape[:2], b, b, y.shape[2] // b**2)


def _as_matrix(x: Plane) -> Plane:
    return x.reshape(-1, x.shape[2])
