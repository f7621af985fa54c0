"""Rows of an image with zeros around it: what every convolution reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch

__all__ = ["Padded", "clear", "gated", "rectified"]


class Padded:
    """An image x (H, W, C) as it would be with zeros around it, a few rows at a time.

    Parameters
    ----------
    shape : (H, W, C)
        Of the image.
    left, width : int
        Column 0 of x is column ``left`` of ``width`` columns. A negative ``left`` cuts columns off.
    """

    def __init__(self, shape: Shape, left: int, width: int, dtype: np.dtype[Any]) -> None:
        self._height, columns, self._channels = shape
        self._width, self._dtype = width, dtype
        start = max(left, 0)
        self._into = slice(start, max(start, min(left + columns, width)))
        self._cut = slice(self._into.start - left, self._into.stop - left)
        self._whole = left == 0 and width == columns

    def rows(self, x: Plane, gate: Plane | None, first: int, count: int, scratch: Scratch) -> Plane:
        """Rows ``first`` … of x and the zeros around it, shape (count, width, C).

        With a ``gate`` of x's shape, x counts only where the gate is positive.
        """
        start, stop = max(first, 0), min(first + count, self._height)
        if self._whole and gate is None and stop - start == count:
            return x[start:stop]
        shape = (count, self._width, self._channels)
        rows = scratch("rows", shape, self._dtype)
        clear(scratch, rows[: max(start - first, 0)], rows[max(stop - first, 0) :])
        clear(scratch, rows[:, : self._into.start], rows[:, self._into.stop :])
        if start < stop:
            into = rows[start - first : stop - first, self._into]
            source = x[start:stop, self._cut]
            if gate is None:
                scratch.run(np.copyto, into, source)
            else:
                gated(source, gate[start:stop, self._cut], into, scratch)
        return rows


def clear(scratch: Scratch, *parts: Plane) -> None:
    """Write zeros into those of the parts that are not empty."""
    for part in parts:
        if part.size:
            scratch.run(part.fill, 0)


def rectified(x: Plane, out: Plane, scratch: Scratch) -> None:
    """Write into ``out`` x where it is positive, and 0 elsewhere: forward of ReLU.

    NumPy's maximum with a single number takes three times as long: only that of two arrays is
    vectorized (2.4, AVX-512).
    """
    scratch.run(np.clip, x, 0, np.inf, out=out)


def gated(x: Plane, gate: Plane, out: Plane, scratch: Scratch) -> None:
    """Write into ``out`` x where ``gate`` is positive, and 0 elsewhere: backward of ReLU."""
    positive = scratch("gate", gate.shape, np.bool_)
    scratch.run(np.greater, gate, 0, out=positive)
    scratch.run(np.multiply, x, positive, out=out)
