"""What the pools share: the checks of their windows, and which places a window holds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from inverse.errors import ShapeError
from inverse.layers.base import demand
from inverse.layers.separable import Matrix
from inverse.layers.windows import Pair, Window, demand_geometry

__all__ = ["demand_pool", "held", "pooled_size"]


def demand_pool(pool: Any) -> None:
    """Check the fields of a pool."""
    demand_geometry(pool, kernel=1, stride=1, pads=0, dilation=1)
    demand(isinstance(pool.ceil_mode, bool), pool, "ceil_mode", "be True or False")


def pooled_size(pool: object, window: Window, height: int, width: int, ceil_mode: bool) -> Pair:
    """Rows and columns of a pool's output, each window of which must hold a pixel."""
    owner = type(pool).__name__
    counts = window.output_size(owner, height, width, ceil_mode)
    for axis, size in enumerate((height, width)):
        if not held(window, axis, counts[axis], size).any(axis=1).all():
            raise ShapeError(
                f"{owner} with windows of {window.kernel[0]}x{window.kernel[1]}, dilation "
                f"{window.dilation} and pads {window.pads} has windows of nothing but padding "
                f"in images of {height}x{width}"
            )
    return counts


@lru_cache(maxsize=128)
def held(window: Window, axis: int, count: int, size: int) -> Matrix:
    """The matrix A[i, h] of zeros and ones: whether window i holds row or column h of ``size``."""
    places = np.arange(count)[:, None] * window.stride[axis] - window.pads[axis]
    taps = places + np.arange(window.kernel[axis]) * window.dilation[axis]
    matrix: Matrix = (taps[:, :, None] == np.arange(size)).any(axis=1).astype(np.float64)
    matrix.flags.writeable = False
    return matrix
