"""Max-pooling, along columns and then along rows."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import gated, rectified
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Layer, MaxPool2d, ReLU

__all__ = ["MaxPooling"]

NUMBERS = 2**17
"""Numbers of a part of backward: in smaller ones NumPy's calls cost more than its products."""


class _Part(NamedTuple):
    """Rows of x, the windows that reach them, and the rows of the maxima that these meet.

    ``alone`` are the remainders of the latter by the stride that one tap meets, all of them.
    """

    rows: slice
    windows: slice
    met: slice
    alone: set[int]


class MaxPooling(Kernel):
    """Equals `MaxPool2d`, and a `ReLU` before it.

    Notes
    -----
    The maximum of rectified numbers is the rectified maximum. So the ReLU acts on y, which has
    fewer numbers than x; backward, dy passes where y is positive, to the place of the maximum,
    which the ReLU has let through.

    The same two steps as the plain layer's, the maxima m of columns and then those of rows, divided
    among lanes by rows. Backward, a part owns rows of x, and goes through both steps while they are
    in cache; which columns have the maximum, forward has noted. A row of x has its gradient from
    all windows that reach it, so where windows overlap the first of them belong to the rows above
    as well: for these the first step is done twice, and no two parts write the same place.

    The columns of x that a tap meets are a stride apart. So a strip of x is first sorted into the
    columns of each remainder by the stride, where a tap meets neighbors and a product of NumPy
    runs over whole rows. What a tap is given is chosen by masks of bits, all ones or all zeros: a
    number *and* a mask is that number or 0, and a number *exclusive or* itself is 0.
    """

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        *rectify, layer = layers
        assert isinstance(layer, MaxPool2d)
        assert all(type(one) is ReLU for one in rectify)
        self._rectify = bool(rectify)
        self._window, self._scratch = layer.window, scratch
        rows, cols, channels = layer.output_shape((1, *shape))[1:]
        size = self._window.covered(0, rows), self._window.covered(1, cols)
        top, left = self._window.pads[:2]
        self._inside = slice(top, top + shape[0]), slice(left, left + shape[1])
        self._reaches = slice(0, size[0] - top), slice(0, size[1] - left)
        self._padded = bool(top or left or size[0] > shape[0] or size[1] > shape[1])
        self._covers = size[0] - top >= shape[0] and size[1] - left >= shape[1]
        self._x: Plane = scratch.common((*size, channels), dtype) if self._padded else np.empty(0)
        self._x.fill(-np.inf)
        self._dx = scratch.common((*size, channels), dtype) if self._padded else self._x
        self._maxima = scratch.common((size[0], cols, channels), dtype)
        masks = self._window.kernel[1] - 1, *self._maxima.shape
        self._equal = scratch.common(masks, np.bool_)
        self._y: Plane = self._x
        self._alone = self._met_once(1, size[1], cols)
        self._rows = strips(self._maxima.shape)
        self._out = strips((rows, cols, channels))
        stride = self._window.stride[0]
        owned = strips((-(-size[0] // stride), stride * cols, channels), NUMBERS)
        self._parts = [
            self._part(slice(s.start * stride, min(s.stop * stride, size[0])), rows) for s in owned
        ]

    def _part(self, rows: slice, count: int) -> _Part:
        """The part that owns these rows, of ``count`` windows in all."""
        stride, extent = self._window.stride[0], self._window.extent[0]
        # some window reaches them: the first row is one's own
        begin = max(0, -(-(rows.start - extent + 1) // stride))
        windows = slice(begin, min(-(-rows.stop // stride), count))
        first, count = begin * stride, windows.stop - begin
        met = slice(first, max(rows.stop, first + self._window.covered(0, count)))
        return _Part(rows, windows, met, self._met_once(0, met.stop - first, count))

    def forward(self, x: Plane, y: Plane) -> None:
        if self._padded:
            self._copy(self._x[self._inside], x[self._reaches])
        else:
            self._x = x[self._reaches]
        self._y = y
        self._scratch.share([partial(self._along_columns, s) for s in self._rows])
        self._scratch.share([partial(self._along_rows, s) for s in self._out])

    def backward(self, dy: Plane, dx: Plane) -> None:
        if not self._covers:
            self._scratch.alone(partial(self._scratch.run, dx.fill, 0))
        into = self._dx if self._padded else dx[self._reaches]
        self._scratch.share([partial(self._back, part, dy, into) for part in self._parts])
        if self._padded:
            self._copy(dx[self._reaches], into[self._inside])

    def _copy(self, to: Plane, source: Plane) -> None:
        parts, run = strips(to.shape), self._scratch.run
        self._scratch.share([partial(run, np.copyto, to[s], source[s]) for s in parts])

    def _along_columns(self, rows: slice) -> None:
        x, m, run = self._x[rows], self._maxima[rows], self._scratch.run
        stride = self._window.stride[1]
        for r in range(stride):
            run(np.copyto, self._remainder("columns of x", x, r), x[:, r::stride])
        taps = self._column_taps("columns of x", x)
        _maxima(taps, m, self._scratch)
        for tap, equal in zip(taps[:-1], self._equal, strict=True):
            run(np.equal, tap, m, out=equal[rows])

    def _along_rows(self, rows: slice) -> None:
        first, count = rows.start * self._window.stride[0], rows.stop - rows.start
        taps = [self._maxima[first:][at] for at in self._row_taps(count)]
        y = self._y[rows]
        _maxima(taps, y, self._scratch)
        if self._rectify:
            rectified(y, y, self._scratch)

    def _back(self, part: _Part, dy: Plane, dx: Plane) -> None:
        rows, windows, met, alone = part
        stride, first = self._window.stride[0], met.start
        m = self._maxima[met]
        dm = self._scratch("gradient of maxima", m.shape, m.dtype)
        for r in range(stride):
            if r not in alone:
                self._scratch.run(dm[r::stride].fill, 0)
        dy, y, run = dy[windows], self._y[windows], self._scratch.run
        if self._rectify:
            passed = self._scratch("passed", y.shape, y.dtype)
            gated(dy, y, passed, self._scratch)
            dy = passed
        ats = self._row_taps(len(y))
        equal = self._scratch("equal", (len(ats) - 1, *y.shape), np.bool_)
        for at, found in zip(ats[:-1], equal, strict=True):
            run(np.equal, m[at], y, out=found)
        _give(dy, equal, [(dm[at], at.start % stride in alone) for at in ats], self._scratch)
        self._back_columns(rows, dm[rows.start - first : rows.stop - first], dx)

    def _back_columns(self, rows: slice, dm: Plane, dx: Plane) -> None:
        into, stride = dx[rows], self._window.stride[1]
        for r in range(stride):
            if r not in self._alone:
                self._scratch.run(self._remainder("columns of dx", into, r).fill, 0)
        single = [
            k * self._window.dilation[1] % stride in self._alone
            for k in range(self._window.kernel[1])
        ]
        taps = zip(self._column_taps("columns of dx", into), single, strict=True)
        _give(dm, self._equal[:, rows], list(taps), self._scratch)
        for r in range(stride):
            found = self._remainder("columns of dx", into, r)
            self._scratch.run(np.copyto, into[:, r::stride], found)

    def _column_taps(self, name: str, x: Plane) -> list[Plane]:
        """What each tap meets of a strip of x, in the scratch for its columns of each remainder."""
        (_, stride), (_, step) = self._window.stride, self._window.dilation
        taps = [divmod(k * step, stride) for k in range(self._window.kernel[1])]
        cols = self._maxima.shape[1]
        return [self._remainder(name, x, r)[:, q : q + cols] for q, r in taps]

    def _remainder(self, name: str, x: Plane, r: int) -> Plane:
        stride = self._window.stride[1]
        shape = (len(x), -(-(x.shape[1] - r) // stride), x.shape[2])
        return self._scratch(f"{name} {r}", shape, x.dtype)

    def _met_once(self, axis: int, size: int, count: int) -> set[int]:
        """The remainders by the stride that one tap meets, and meets all of.

        Of ``size`` rows or columns, by ``count`` windows.
        """
        stride, step = self._window.stride[axis], self._window.dilation[axis]
        met = [divmod(k * step, stride) for k in range(self._window.kernel[axis])]
        return {
            r
            for q, r in met
            if [other for _, other in met].count(r) == 1
            and q == 0
            and -(-(size - r) // stride) == count
        }

    def _row_taps(self, count: int) -> list[slice]:
        """The rows that each tap of ``count`` windows meets, from the first window's on."""
        return [self._window.tap(0, k, count) for k in range(self._window.kernel[0])]


def _maxima(taps: list[Plane], out: Plane, scratch: Scratch) -> None:
    if len(taps) == 1:
        scratch.run(np.copyto, out, taps[0])
        return
    scratch.run(np.maximum, taps[0], taps[1], out=out)
    for tap in taps[2:]:
        scratch.run(np.maximum, out, tap, out=out)


def _give(dy: Plane, equal: Plane, taps: list[tuple[Plane, bool]], scratch: Scratch) -> None:
    """Give every number of ``dy`` to the first of the taps where x equals y, else to the last.

    ``equal`` says for each tap but the last where it does. A tap is dx, and whether dx is its alone
    and need not be added to.
    """
    bits, run = np.dtype(f"i{dy.dtype.itemsize}"), scratch.run
    mask = scratch("mask", dy.shape, bits)
    share, rest = scratch("share", dy.shape, dy.dtype), scratch("rest", dy.shape, dy.dtype)
    left = dy
    for (dx, alone), found in zip(taps[:-1], equal, strict=True):
        run(np.negative, found.view(np.int8), out=mask)  # 1 becomes -1, which is all ones
        own = dx if alone else share
        run(np.bitwise_and, left.view(bits), mask, out=own.view(bits))
        if not alone:
            run(np.add, dx, share, out=dx)
        # what is given is not given again
        run(np.bitwise_xor, left.view(bits), own.view(bits), out=rest.view(bits))
        left = rest
    dx, alone = taps[-1]
    if alone:
        run(np.copyto, dx, left)
    else:
        run(np.add, dx, left, out=dx)
