"""Memory for arrays, in few and large pieces."""

from __future__ import annotations

import math
import mmap
from contextlib import suppress
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape

__all__ = ["Arena"]

PIECE = 2**25
"""Bytes of a piece: 32 MB."""

LINE = 64
"""Bytes of a line of cache, at which arrays begin."""


class Arena:
    """Arrays one behind the other in pieces of memory that are asked for as huge pages.

    Parameters
    ----------
    shared : bool
        Whether processes that are forked later see the same memory, or copies.

    Notes
    -----
    A processor finds the pages of a few megabytes quickly, and must look the others up. In pages of
    4 kB that is a few megabytes in all, less than one layer of a network; in huge pages of 2 MB it
    is all of them. Arrays of a megabyte get none by themselves.
    """

    def __init__(self, shared: bool) -> None:
        self._flags = mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE
        self._piece: mmap.mmap | None = None
        self._used = 0

    def zeros(self, shape: Shape, dtype: Any) -> Array:
        """A new array."""
        count = math.prod(shape)
        size = count * np.dtype(dtype).itemsize
        if self._piece is None or self._used + size > len(self._piece):
            self._piece, self._used = self._new(max(size, PIECE)), 0
        array = np.frombuffer(self._piece, dtype, count, offset=self._used).reshape(shape)
        self._used += -(-size // LINE) * LINE
        return array

    def _new(self, size: int) -> mmap.mmap:
        piece = mmap.mmap(-1, size, flags=self._flags | mmap.MAP_ANONYMOUS)
        with suppress(OSError, AttributeError):  # an advice, which a system need not know
            piece.madvise(mmap.MADV_HUGEPAGE)
        return piece
