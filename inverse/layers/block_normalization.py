"""Contrast normalization of HOG: each cell is divided by the energy of four blocks around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand, is_number

__all__ = ["BlockNormalization"]


class _Cache(NamedTuple):
    both: Array
    factors: Array


@dataclass(frozen=True, eq=False)
class BlockNormalization(Layer):
    """Four copies of each cell's histogram, each normalized by one of the four blocks it is in.

    Parameters
    ----------
    epsilon : float
        Added to the energy of a block, in squared units of the histogram (VLFeat: 1e-4).

    Notes
    -----
    Forward, from histograms h of 2K directions, shape (N, R, S, 2K), to shape (N, R, S, 4·3K).
    With the undirected histogram u_k = h_k + h_{k+K} and z = (h, u) of 3K channels,

        e = Σ_k u_k²                        energy of a cell, continued beyond the grid by its edge
        B[i, j] = e[i−1, j−1] + e[i−1, j] + e[i, j−1] + e[i, j]          energy of a 2×2 block
        f₁…f₄ = (B + ε)^−½  at the corners [i, j], [i, j+1], [i+1, j], [i+1, j+1] of cell (i, j)
        y = (f₁ z, f₂ z, f₃ z, f₄ z)

    so f₁ belongs to the block up and left, f₂ up and right, f₃ down and left, f₄ down and right.

    Backward, with z = (h, u) linear in h:

        df_m = ⟨dy_m, z⟩,   dB −= ½ f_m³ df_m at its corner,   de = the four dB around a cell
        dz = Σ_m f_m dy_m = (dz_h, dz_u),   du = dz_u + 2 u de,   dh = dz_h + (du, du)

    Where the authors' network departs: it floors the norm at 1e-6 instead of adding ε, and has
    no block beyond the grid (docs/story/hog-and-sift.md).

    Source: VLFeat 0.9.21, ``vl/hog.c`` (``vl_hog_extract``).

    Examples
    --------
    >>> import numpy as np
    >>> h = np.zeros((1, 1, 1, 4)); h[..., 0] = 3.0; h[..., 2] = 1.0
    >>> BlockNormalization()(h)[0, 0, 0, :6].round(3).tolist()
    [0.375, 0.0, 0.125, 0.0, 0.5, 0.0]
    """

    epsilon: float = 1e-4

    def __post_init__(self) -> None:
        demand(is_number(self.epsilon) and self.epsilon > 0, self, "epsilon", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        n, rows, cols, c = check_rank4(self, shape)
        if c % 2 or c == 0:
            raise ShapeError(f"BlockNormalization takes 2K direction channels, got shape {shape}")
        return (n, rows, cols, 4 * (c + c // 2))

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        k = x.shape[3] // 2
        undirected = x[..., :k] + x[..., k:]
        energy = _extend(xp.sum(undirected * undirected, axis=3))
        rows = energy[:, :-1, :] + energy[:, 1:, :]
        block = rows[:, :, :-1] + rows[:, :, 1:]
        f = 1 / xp.sqrt(block + self.epsilon)
        factors = xp.stack((f[:, :-1, :-1], f[:, :-1, 1:], f[:, 1:, :-1], f[:, 1:, 1:]), axis=3)
        both = xp.concat((x, undirected), axis=3)
        y = factors[..., None] * both[:, :, :, None, :]
        return xp.reshape(y, (*x.shape[:3], 12 * k)), _Cache(both, factors)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        both, f = cache
        k = both.shape[3] // 3
        copies = xp.reshape(dy, (*both.shape[:3], 4, 3 * k))
        df = xp.sum(copies * both[:, :, :, None, :], axis=4)
        denergy = _gather_blocks(-0.5 * f * f * f * df)
        dboth = xp.sum(copies * f[..., None], axis=3)
        du = dboth[..., 2 * k :] + 2 * both[..., 2 * k :] * denergy[..., None]
        return dboth[..., : 2 * k] + xp.concat((du, du), axis=3)


def _extend(e: Array) -> Array:
    """``e`` (N, R, S) with its outermost cells repeated once beyond each edge."""
    xp = namespace(e)
    e = xp.concat((e[:, :1, :], e, e[:, -1:, :]), axis=1)
    return xp.concat((e[:, :, :1], e, e[:, :, -1:]), axis=2)


def _gather_blocks(db: Array) -> Array:
    """∂E/∂e from the shares (N, R, S, 4) that each cell's four factors send to their blocks.

    The shares meet on the corners of the grid, each corner spreads to its four cells, and what
    falls on a repeated edge cell returns to the cell it repeats.
    """
    xp = namespace(db)
    n, rows, cols, _ = db.shape
    block = xp.zeros((n, rows + 1, cols + 1), dtype=db.dtype, device=db.device)
    block[:, :-1, :-1] += db[..., 0]
    block[:, :-1, 1:] += db[..., 1]
    block[:, 1:, :-1] += db[..., 2]
    block[:, 1:, 1:] += db[..., 3]
    de = xp.zeros((n, rows + 2, cols + 2), dtype=db.dtype, device=db.device)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        de[:, i : rows + 1 + i, j : cols + 1 + j] += block
    de[:, 1, :] += de[:, 0, :]
    de[:, -2, :] += de[:, -1, :]
    de[:, :, 1] += de[:, :, 0]
    de[:, :, -2] += de[:, :, -1]
    return de[:, 1:-1, 1:-1]
