"""Max-pooling, along columns and then along rows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.rectifier import strips
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Layer, MaxPool2d

__all__ = ["MaxPooling"]


class MaxPooling(Kernel):
    """Equals `MaxPool2d`.

    Notes
    -----
    The same two steps as the plain layer's, the maxima m of columns and then those of rows, in
    arrays that are there already and divided among threads: the first step by rows of x, the
    second by columns of y, so that no two write the same place even where windows overlap.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        (layer,) = layers
        assert isinstance(layer, MaxPool2d)
        self._window, self._scratch = layer.window, scratch
        rows, cols, channels = layer.output_shape((1, *shape))[1:]
        size = self._window.covered(0, rows), self._window.covered(1, cols)
        top, left = self._window.pads[:2]
        self._inside = slice(top, top + shape[0]), slice(left, left + shape[1])
        self._reaches = slice(0, size[0] - top), slice(0, size[1] - left)
        self._padded = bool(top or left or size[0] > shape[0] or size[1] > shape[1])
        self._covers = size[0] - top >= shape[0] and size[1] - left >= shape[1]
        self._x: Plane = np.full((*size, channels), -np.inf, dtype) if self._padded else np.empty(0)
        self._dx = scratch("pool gradient", (*size, channels), dtype) if self._padded else self._x
        self._maxima = np.empty((size[0], cols, channels), dtype)
        self._dmaxima = scratch("gradient of maxima", self._maxima.shape, dtype)
        self._y: Plane = self._x
        self._rows, self._cols = strips(self._maxima.shape), _halves(cols)

    def forward(self, x: Plane, y: Plane) -> None:
        if self._padded:
            self._x[self._inside] = x[self._reaches]
        else:
            self._x = x[self._reaches]
        self._y = y
        self._scratch.share([partial(self._along_columns, s) for s in self._rows])
        self._scratch.share([partial(self._along_rows, s) for s in self._cols])

    def backward(self, dy: Plane, dx: Plane) -> None:
        if not self._covers:
            dx.fill(0)
        into = self._dx if self._padded else dx[self._reaches]
        self._scratch.share([partial(self._back_rows, s, dy) for s in self._cols])
        self._scratch.share([partial(self._back_columns, s, into) for s in self._rows])
        if self._padded:
            dx[self._reaches] = into[self._inside]

    def _along_columns(self, rows: slice, _: Scratch) -> None:
        x, m = self._x[rows], self._maxima[rows]
        _maxima([x[:, at] for at in self._taps(1)], m)

    def _along_rows(self, cols: slice, _: Scratch) -> None:
        m, y = self._maxima[:, cols], self._y[:, cols]
        _maxima([m[at] for at in self._taps(0)], y)

    def _back_rows(self, cols: slice, dy: Plane, scratch: Scratch) -> None:
        m, dm = self._maxima[:, cols], self._dmaxima[:, cols]
        taps = [(m[at], dm[at]) for at in self._taps(0)]
        dm.fill(0)
        _give(dy[:, cols], self._y[:, cols], taps, scratch)

    def _back_columns(self, rows: slice, dx: Plane, scratch: Scratch) -> None:
        x, into = self._x[rows], dx[rows]
        taps = [(x[:, at], into[:, at]) for at in self._taps(1)]
        into.fill(0)
        _give(self._dmaxima[rows], self._maxima[rows], taps, scratch)

    def _taps(self, axis: int) -> list[slice]:
        count = self._y.shape[0] if axis == 0 else self._maxima.shape[1]
        return [self._window.tap(axis, k, count) for k in range(self._window.kernel[axis])]


def _maxima(taps: list[Plane], out: Plane) -> None:
    if len(taps) == 1:
        np.copyto(out, taps[0])
        return
    np.maximum(taps[0], taps[1], out=out)
    for tap in taps[2:]:
        np.maximum(out, tap, out=out)


def _give(dy: Plane, y: Plane, taps: list[tuple[Plane, Plane]], scratch: Scratch) -> None:
    """Add every number of ``dy`` to the first of the taps where x equals y."""
    equal = scratch("equal", y.shape, np.bool_)
    share, rest = scratch("share", y.shape, y.dtype), scratch("rest", y.shape, y.dtype)
    left = dy
    for x, dx in taps[:-1]:
        np.multiply(left, np.equal(x, y, out=equal), out=share)
        np.add(dx, share, out=dx)
        left = np.subtract(left, share, out=rest)  # what is given is not given again
    dx = taps[-1][1]
    np.add(dx, left, out=dx)


def _halves(count: int) -> list[slice]:
    """Two strips of so many columns."""
    middle = (count + 1) // 2
    return [s for s in (slice(0, middle), slice(middle, count)) if s.start < s.stop]
