"""Matrix products cut into ones so small that BLAS multiplies without copying.

Before a large product BLAS copies both matrices into an order that its inner loop likes. For a
matrix of a few dozen rows, and a wide one to its right, the copies take a quarter of the time.
Below about a million multiplications OpenBLAS's kernels for AVX-512 work on the matrices where they
are, and then the right one should be short of rows, or stand in memory block by block: measured
with OpenBLAS 0.3.31, 120 GFLOP/s become 160 for `times`, 80 become 110 for `blocks`, and as many
for `times_rows`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import threadpoolctl

from inverse.kernels.scratch import Plane
from inverse.kernels.tape import Recorder

__all__ = ["COLUMNS", "blocks", "times", "times_blocks", "times_rows"]

COLUMNS = 128
"""Columns of a block of a very wide right matrix of few rows."""

NARROW = 32
"""Columns of a block of a right matrix of many rows, two registers of AVX-512."""

FEW = 21_000
"""Numbers of a left matrix, at most, for which blocks of `NARROW` columns are faster."""

MOST = 1_000_000
"""Multiplications of a product that OpenBLAS takes to be small, at most."""

LEAST_ROWS = 20
"""With fewer rows in a block, BLAS's own copies are cheaper."""

DIRECT = ("SkylakeX", "Cooperlake", "SapphireRapids")
"""Architectures, by OpenBLAS's names, of which it has kernels for small products."""


def times(run: Recorder, left: Plane, right: Plane, out: Plane) -> None:
    """``out = left @ right`` for a small ``left`` and a ``right`` (…, K, columns) of very many."""
    count = right.shape[-1] // COLUMNS
    if count > 1:
        end = count * COLUMNS
        run(np.matmul, left, _cut(right[..., :end]), out=_cut(out[..., :end]))
        right, out = right[..., end:], out[..., end:]
    if right.shape[-1]:
        run(np.matmul, left, right, out=out)


def _cut(x: Plane) -> Plane:
    """Matrices (…, K, columns) as (…, blocks, K, columns of a block)."""
    return np.moveaxis(x.reshape(*x.shape[:-1], -1, COLUMNS), -2, -3)


def blocks(right: Plane, rows: int) -> Plane:
    """Matrices (U, K, F) in blocks of columns (U, F/b, K, b), for `times_blocks`.

    b makes products with matrices of ``rows`` rows fast: all F columns if they are too large to be
    multiplied where they are, or if this machine's BLAS copies always.
    """
    count, size, wide = right.shape
    narrow = wide % NARROW == 0 and rows * size <= FEW and _direct()
    width = NARROW if narrow else wide
    parts = right.reshape(count, size, wide // width, width).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(parts)


def times_blocks(run: Recorder, left: Plane, right: Plane, out: Plane) -> None:
    """``out = left @ right`` for each of U, with ``left`` (U, R, K) and ``right`` of `blocks`."""
    count, parts, _, width = right.shape
    into = out.reshape(count, -1, parts, width).transpose(0, 2, 1, 3)
    run(np.matmul, left[:, None], right, out=into)


def times_rows(run: Recorder, left: Plane, right: Plane, out: Plane) -> None:
    """``out = left @ right`` for a small ``right`` (K, F) and a ``left`` (R, K) of many rows."""
    most = MOST // right.size
    if most < LEAST_ROWS or not _direct():
        run(np.matmul, left, right, out=out)
        return
    rows = -(-len(left) // -(-len(left) // most))
    end = len(left) // rows * rows
    run(np.matmul, _rows(left[:end], rows), right, out=_rows(out[:end], rows))
    if end < len(left):
        run(np.matmul, left[end:], right, out=out[end:])


def _rows(x: Plane, rows: int) -> Plane:
    """A matrix as (blocks, rows of a block, columns)."""
    return x.reshape(-1, rows, x.shape[1])


@lru_cache(maxsize=1)
def _direct() -> bool:
    """Whether NumPy's BLAS multiplies small matrices where they are."""
    found = threadpoolctl.threadpool_info()
    return any(str(library.get("architecture")) in DIRECT for library in found)
