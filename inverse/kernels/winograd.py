"""Correlation with square filters in a quarter of the products."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from inverse.arrays import Shape
from inverse.kernels.cook_toom import matrices
from inverse.kernels.correlator import Correlator, Filters, Part
from inverse.kernels.padding import Padded, rectified
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.small_products import blocks, times, times_blocks
from inverse.kernels.strips import cut

__all__ = ["Winograd"]

TILES = 48
"""Tiles of a strip, about: enough for an efficient product, few enough to stay in cache."""


LARGE = 6
"""Numbers along a tile with which B twice is faster than B ⊗ B once."""


class Winograd(Correlator):
    """Equals a correlation of stride 1 with filters of r×r taps.

    Notes
    -----
    The output is cut into tiles of m×m, each of which depends on an a×a tile of x, a = m + r − 1.
    With the matrices of `cook_toom.matrices` and ⊗ for rows and columns together, the tiles d of
    one channel and the filters g give

        tile of y = (A ⊗ A) Σ_c ((G ⊗ G) g_c) ⊙ ((B ⊗ B) d_c).

    Written with all tiles t and channels c side by side, that is three matrix products:

        D (a², T·C)  →  V = (B⊗B) D,     M_u = V_u U_u  for each of the a² numbers u,
        V_u (T, C), U_u (C, F),          Y = (A⊗A | 1) (M, b),  (m², T·F).

    U is made once. The sum over channels takes a² products where m² r² stand in the formula: 36 for
    144 with m = 4, r = 3. The bias b is one more row of M. Strips of tiles pass through all of it
    while they are in cache. Exact but for rounding, of about 1e-6 of the largest y (float32).

    Source: Lavin & Gray, Fast algorithms for convolutional neural networks, CVPR 2016.
    """

    def __init__(
        self,
        filters: Filters,
        shape: Shape,
        output: Shape,
        dtype: np.dtype[Any],
        scratch: Scratch,
        count: int,
    ) -> None:
        super().__init__(filters, shape, output, dtype, scratch)
        taps, self._m = filters.taps[0], count
        self._a = count + taps - 1
        rows, cols = -(-output[0] // count), -(-output[1] // count)
        self._cols = cols
        own = (*shape[:2], self._channels)
        self._padded = Padded(own, -filters.offset[1], cols * count + taps - 1, dtype)
        parts = round(rows * cols / TILES)
        strips = cut(rows, parts + (parts * filters.groups) % 2 if parts > 1 else 1)
        # an image of one strip is divided by features, for which the strip is transformed twice
        halves = 2 if len(strips) * filters.groups == 1 and self._own % 2 == 0 else 1
        tiles = self._cols * max(s.stop - s.start for s in strips)
        self._filters, self._into, self._out = scratch.constant(
            ("winograd", filters.key, count, halves, tiles, str(dtype)),
            partial(self._transformed, filters, halves, tiles),
        )
        self._divide(strips, filters.groups, halves)

    def _transformed(
        self, filters: Filters, halves: int, tiles: int
    ) -> tuple[list[list[Plane]], Plane, Plane]:
        """U of each group by half of its features, B or B ⊗ B, A ⊗ A with a column for the bias."""
        found = matrices(self._m, filters.taps[0])
        both = np.kron(found.filter, found.filter)
        u = [
            np.split(np.tensordot(both, w.reshape(both.shape[1], *w.shape[2:]), 1), halves, axis=2)
            for w in filters.weights()
        ]
        into, out = found.input, np.kron(found.output, found.output)
        if self._a < LARGE:
            into = np.kron(into, into)
        into, out = into.astype(self._dtype), out.astype(self._dtype)
        out = np.concatenate([out, np.ones((len(out), 1), self._dtype)], axis=1)
        return [[blocks(b.astype(self._dtype), tiles) for b in part] for part in u], into, out

    def describe(self) -> str:
        r = self._a - self._m + 1
        return f"Winograd {self._m}x{self._m} of {r}x{r}"

    def _strip(self, part: Part, x: Plane, y: Plane, gate: Plane | None) -> None:
        scratch, run = self._scratch, self._scratch.run
        a, m, rows = self._a, self._m, part.rows.stop - part.rows.start
        first = part.rows.start * m + self._offset[0]
        c = self._channels
        x, gate = self._of_group(part.group, x, gate)
        strip = self._padded.rows(x, gate, first, rows * m + a - m, scratch)
        down, right, along = strip.strides
        windows = as_strided(
            strip, (a, a, rows, self._cols, c), (down, right, m * down, m * right, along)
        )
        filters = self._filters[part.group]
        tiles = rows * self._cols
        d = scratch("winograd d", (a * a, tiles * c), self._dtype)
        v = scratch("winograd v", d.shape, self._dtype)
        run(np.copyto, d.reshape(windows.shape), windows)
        self._transform(d, v)
        for block in part.blocks:
            features = filters[block].shape[1] * filters[block].shape[3]
            own = self._features(part.group, block, features)
            found = self._product(v.reshape(a * a, tiles, c), filters[block], own)
            split = found.reshape(m, m, rows, self._cols, features)
            self._put(split, y[part.rows.start * m :, :, own])

    def _product(self, v: Plane, u: Plane, own: slice) -> Plane:
        """The tiles of y (m², T·F), for the features ``own``."""
        scratch, run, features = self._scratch, self._scratch.run, own.stop - own.start
        mm = scratch("winograd m", (len(v) + 1, v.shape[1], features), self._dtype)
        times_blocks(run, v, u, mm[:-1])
        out = self._out[:, :-1]
        if self._bias is not None:
            run(np.copyto, mm[-1], self._bias[own])
            out = self._out
        found = scratch("winograd y", (self._m**2, v.shape[1] * features), self._dtype)
        times(run, out, mm.reshape(len(mm), -1)[: out.shape[1]], found)
        if self._rectify:
            rectified(found, found, scratch)
        return found

    def _transform(self, d: Plane, v: Plane) -> None:
        """V = (B ⊗ B) D, of large tiles along columns and then along rows: (B ⊗ 1)(1 ⊗ B)."""
        run, a = self._scratch.run, self._a
        if a < LARGE:
            times(run, self._into, d, v)
            return
        half = self._scratch("winograd half", v.shape, self._dtype)
        times(run, self._into, d.reshape(a, -1), half.reshape(a, -1))
        times(run, self._into, half.reshape(a, a, -1), v.reshape(a, a, -1))

    def _put(self, tiles: Plane, y: Plane) -> None:
        """The tiles (m, m, rows, cols, F) to their places in y; what exceeds it is dropped."""
        m, (_, _, rows, cols, features) = self._m, tiles.shape
        if len(y) >= rows * m and y.shape[1] == cols * m:
            split = y[: rows * m].reshape(rows, m, cols, m, features)
            self._scratch.run(np.copyto, split, tiles.transpose(2, 0, 3, 1, 4))
            return
        for i in range(m):
            for j in range(m):
                into = y[i : m * tiles.shape[2] : m, j::m]
                self._scratch.run(np.copyto, into, tiles[i, j, : into.shape[0], : into.shape[1]])
