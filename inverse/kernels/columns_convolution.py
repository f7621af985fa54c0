"""Convolutions whose windows hold few numbers: backward, every window gives to its own pixels."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.correlator import forward_filters
from inverse.kernels.gemm import Gemm
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import clear, gated
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.small_products import times_rows
from inverse.kernels.strips import strips
from inverse.layers import Conv2d, Layer

__all__ = ["ColumnsConvolution"]

NUMBERS = 2**18
"""Numbers of dy for a part, about: in smaller ones NumPy's calls cost more than cache saves."""


class ColumnsConvolution(Kernel):
    """Equals `Conv2d` without groups, and a `ReLU` behind it.

    Notes
    -----
    With a row of X for each window, forward is one product, Y = X W (`Gemm`). Backward is its
    adjoint, in the reverse order: first dX = dY Wᵀ, the gradient of every window by its own
    numbers, and then each of these is added where the number was read. That of tap (k, m) in window
    (i, j) belongs to pixel (i s + k, j s + m) of x with its padding, and so to row i + ⌊k/s⌋ and
    column j + ⌊m/s⌋ of the pixels that have the same remainders by the stride.

    Pixels of one remainder, and of one channel, are put in a plane of their own. There the numbers
    of a tap are added to neighbors, all windows' at once. dX has as many numbers for a pixel of y
    as a window holds: where these are few, it takes less time to add them than any other way takes
    to avoid them. A part of the work owns rows of these planes; windows that reach over its border
    are computed by both parts.
    """

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer, self._rectify = layers[0], len(layers) > 1
        assert isinstance(layer, Conv2d)
        self._scratch, self._window = scratch, layer.window
        self._rows, self._cols, features = layer.output_shape((1, *shape))[1:]
        filters = forward_filters(layer, self._rectify)
        output = self._rows, self._cols, features
        self._forward = Gemm(filters, shape, output, dtype, scratch)
        self._adjoint: Plane = scratch.constant(
            ("columns", id(layer), str(dtype)),
            lambda: np.ascontiguousarray(layer.weight.reshape(-1, features).T, dtype),
        )
        (sh, sw), (top, left) = layer.stride, layer.pads[:2]
        planes = -(-(shape[0] + top) // sh), -(-(shape[1] + left) // sw)
        self._size = sh, sw, shape[2], *planes
        self._y: Plane = np.empty(0, dtype)
        self._parts = strips((planes[0], planes[1] * features), NUMBERS)

    def forward(self, x: Plane, y: Plane) -> None:
        self._forward(x, y)
        self._y = y

    def backward(self, dy: Plane, dx: Plane) -> None:
        self._scratch.share([partial(self._back, rows, dy, dx) for rows in self._parts])

    def describe(self) -> str:
        return f"{self._forward.describe()}; back window by window"

    def _back(self, rows: slice, dy: Plane, dx: Plane) -> None:
        """The gradient of the pixels in these rows of all planes."""
        sh, sw, channels, _, cols = self._size
        planes = self._scratch("planes", (sh, sw, channels, rows.stop - rows.start, cols), dx.dtype)
        clear(self._scratch, planes)
        reach = (self._window.kernel[0] - 1) // sh
        seen = slice(max(rows.start - reach, 0), min(rows.stop, self._rows))
        if seen.start < seen.stop:
            self._add(self._columns(dy, seen), seen.start - rows.start, planes)
        self._assemble(planes, rows.start, dx)

    def _columns(self, dy: Plane, seen: slice) -> Plane:
        """dX of the windows in rows ``seen`` by tap, (KH, KW, C, rows, cols)."""
        given, scratch, dtype = dy[seen], self._scratch, dy.dtype
        if self._rectify:
            passed = scratch("passed", given.shape, dtype)
            gated(given, self._y[seen], passed, scratch)
            given = passed
        numbers, windows = self._adjoint.shape[1], len(given) * self._cols
        found = scratch("dX", (windows, numbers), dtype)
        times_rows(scratch.run, given.reshape(windows, -1), self._adjoint, found)
        columns = scratch("dX by tap", (numbers, windows), dtype)
        scratch.run(np.copyto, columns, found.T)
        return columns.reshape(*self._window.kernel, -1, len(given), self._cols)

    def _add(self, columns: Plane, first: int, planes: Plane) -> None:
        """Add the numbers of every tap to the pixels they belong to, windows from row ``first``."""
        sh, sw = self._window.stride
        (count, cols), size = columns.shape[3:], planes.shape[3:]
        for k, m in np.ndindex(self._window.kernel):
            (down, p), (right, q) = divmod(k, sh), divmod(m, sw)
            start, stop = max(first + down, 0), min(first + down + count, size[0])
            width = min(cols, size[1] - right)
            if start < stop and width > 0:
                into = planes[p, q, :, start:stop, right : right + width]
                skipped = start - first - down
                own = columns[k, m, :, skipped : skipped + stop - start, :width]
                self._scratch.run(np.add, into, own, out=into)

    def _assemble(self, planes: Plane, first: int, dx: Plane) -> None:
        """Put the planes, of which these are the rows from ``first`` on, where they are in dx."""
        for p, q in np.ndindex(planes.shape[:2]):
            rows, above = self._pixels(0, p, first, planes.shape[3], dx.shape[0])
            cols, before = self._pixels(1, q, 0, planes.shape[4], dx.shape[1])
            into = dx[rows, cols]
            own = planes[p, q, :, above : above + len(into), before : before + into.shape[1]]
            self._scratch.run(np.copyto, into, own.transpose(1, 2, 0))

    def _pixels(self, axis: int, p: int, first: int, count: int, size: int) -> tuple[slice, int]:
        """Where along an axis of dx the ``count`` pixels of remainder ``p`` from ``first`` on are.

        And how many of them lie before dx, in its padding.
        """
        stride, pad = self._window.stride[axis], self._window.pads[axis]
        start, stop = first * stride + p - pad, (first + count - 1) * stride + p - pad + 1
        before = max(0, -(start // stride))
        return slice(start + before * stride, max(0, min(stop, size)), stride), before
