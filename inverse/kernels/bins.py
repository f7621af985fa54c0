"""Bin numbers on planes: arithmetic modulo the number of bins, and the index of a bin."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch

__all__ = ["Wrap"]


class Wrap:
    """Brings bins in −B … B − 1 back to 0 … B − 1, in place.

    Notes
    -----
    Fast, because it adds B & (bins >> 31), the sign bit of an int32 being all ones where it is
    negative: three passes over integers, with no mask to convert.
    """

    def __init__(self, count: int, shape: Shape, scratch: Scratch) -> None:
        self._count = np.int32(count)
        self._scratch = scratch("wrap", shape, np.int32)

    def __call__(self, bins: Plane) -> None:
        np.right_shift(bins, 31, out=self._scratch)
        np.bitwise_and(self._scratch, self._count, out=self._scratch)
        np.add(bins, self._scratch, out=bins)
