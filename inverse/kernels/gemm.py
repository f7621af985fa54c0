"""Correlation as one matrix product: the windows of the image against the filters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from inverse.arrays import Shape
from inverse.kernels.correlator import Correlator, Filters, Part
from inverse.kernels.padding import Padded, rectified
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.small_products import times_rows
from inverse.kernels.strips import strips

__all__ = ["Gemm"]

NUMBERS = 2**18
"""Numbers of a strip of windows, about: 1 MB in float32, which stays in cache.

Where filters are divided, all windows are one strip.
"""


class Gemm(Correlator):
    """Equals a correlation of any stride.

    Notes
    -----
    A row of the matrix X holds the numbers of x in one window, in the order of a filter's; then
    Y = X W, with a column of W for each filter. With channels last, the numbers of a window's row
    are one run of memory, so X is made by copies of long runs. A bias is one more row of W, and X
    has a column of ones for it. A window of one place needs no copy where it takes every place in
    turn; then the bias is added to Y. Both may be some channels of a larger array, whose rows are
    further apart than they are long: BLAS takes such matrices as they are.
    """

    def __init__(
        self,
        filters: Filters,
        shape: Shape,
        output: Shape,
        dtype: np.dtype[Any],
        scratch: Scratch,
    ) -> None:
        super().__init__(filters, shape, output, dtype, scratch)
        self._taps, self._stride = filters.taps, filters.stride
        rows, self._cols = output[:2]
        width = (self._cols - 1) * self._stride[1] + self._taps[1]
        own = (*shape[:2], self._channels)
        self._padded = Padded(own, -self._offset[1], width, dtype)
        size = self._taps[0] * self._taps[1] * self._channels
        self._pointwise = self._taps == self._stride == (1, 1)
        found = strips((rows, self._cols, size), NUMBERS)
        # where there are more filters than windows, two lanes divide the filters, for which windows
        # are copied twice, but filters are read once
        few = rows * self._cols < self._own and filters.groups == 1 and self._own % 2 == 0
        blocks = 2 if few else 1
        self._matrix: list[list[Plane]] = scratch.constant(
            ("gemm", filters.key, blocks, str(dtype)),
            lambda: [
                [b.astype(dtype, order="C") for b in np.split(w, blocks, axis=1)]
                for w in self._matrices(filters.weights(), size)
            ],
        )
        self._divide([slice(0, rows)] if few else found, filters.groups, blocks)

    def _matrices(self, weights: list[Plane], size: int) -> list[Plane]:
        """W of each group."""
        found = [w.reshape(size, -1) for w in weights]
        if self._bias is None or self._pointwise:
            return found
        biases = np.split(self._bias, len(found))
        return [np.vstack(pair) for pair in zip(found, biases, strict=True)]

    def describe(self) -> str:
        return "one product"

    def _strip(self, part: Part, x: Plane, y: Plane, gate: Plane | None) -> None:
        scratch, run = self._scratch, self._scratch.run
        (kh, kw), (sh, sw), c = self._taps, self._stride, self._channels
        rows = part.rows.stop - part.rows.start
        first = part.rows.start * sh + self._offset[0]
        x, gate = self._of_group(part.group, x, gate)
        strip = self._padded.rows(x, gate, first, (rows - 1) * sh + kh, scratch)
        down, right, along = strip.strides
        windows = as_strided(
            strip, (rows, self._cols, kh, kw, c), (sh * down, sw * right, down, right, along)
        )
        matrices = self._matrix[part.group]
        size = (rows * self._cols, len(matrices[0]))
        if self._pointwise:
            columns = strip.reshape(size)  # its rows are whole, so that this is no copy
        else:
            columns = scratch("windows", size, self._dtype)
            numbers = kh * kw * c
            run(np.copyto, columns[:, :numbers].reshape(windows.shape), windows)
            if size[1] > numbers:
                run(columns[:, numbers:].fill, 1)
        for block in part.blocks:
            own = self._features(part.group, block, matrices[block].shape[1])
            self._product(columns, matrices[block], y[part.rows, :, own], own)

    def _product(self, columns: Plane, matrix: Plane, into: Plane, own: slice) -> None:
        run, size = self._scratch.run, (len(columns), matrix.shape[1])
        # channels of whole rows are a matrix to BLAS, pixels some steps apart are not
        whole = into.strides[0] == into.shape[1] * into.strides[1]
        found = into.reshape(size) if whole else self._scratch("product", size, self._dtype)
        times_rows(run, columns, matrix, found)
        if self._bias is not None and self._pointwise:
            run(np.add, found, self._bias[own], out=found)
        if self._rectify:
            rectified(found, found, self._scratch)
        if not whole:
            run(np.copyto, into, found.reshape(into.shape))
