"""Matrix products cut into ones so small that BLAS multiplies without copying.

Before a large product BLAS copies both matrices into an order that its inner loop likes. The
products of a transformed convolution are flat, a few dozen rows, and the copies take a quarter of
the time. Below about a million multiplications (measured with OpenBLAS 0.3.31 on AVX-512) it works
on the matrices where they are: 120 GFLOP/s become 160.
"""

from __future__ import annotations

import numpy as np

from inverse.kernels.scratch import Plane

__all__ = ["COLUMNS", "FEATURES", "in_blocks", "times"]

COLUMNS = 128
"""Columns of a block of a very wide right matrix."""

FEATURES = 32
"""Columns of a block of filters, of which a cache of the first level holds a few hundred rows."""

SMALL = 2**13
"""Numbers of a matrix of filters that need not be cut."""


def times(left: Plane, right: Plane, out: Plane) -> None:
    """``out = left @ right`` for a small ``left`` and a ``right`` of very many columns."""
    rows, wide = right.shape
    count = wide // COLUMNS
    if count > 1:
        end = count * COLUMNS
        blocks = right[:, :end].reshape(rows, count, COLUMNS).transpose(1, 0, 2)
        into = out[:, :end].reshape(len(left), count, COLUMNS).transpose(1, 0, 2)
        np.matmul(left, blocks, out=into)
        right, out = right[:, end:], out[:, end:]
    if right.shape[1]:
        np.matmul(left, right, out=out)


def in_blocks(filters: Plane) -> Plane:
    """Filters (…, C, F) as (…, F/32, C, 32); or as one block, if small or F no multiple of 32."""
    *before, channels, features = filters.shape
    small = channels * features <= SMALL or features % FEATURES
    width = features if small else FEATURES
    split = filters.reshape(*before, channels, features // width, width)
    return np.ascontiguousarray(np.moveaxis(split, -2, -3))
