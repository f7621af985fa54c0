"""Spatial pooling of HOG: pixels into a grid of cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand_whole
from inverse.layers.separable import Matrix, separable, separable_adjoint

__all__ = ["CellPooling", "cell_weights"]


@dataclass(frozen=True, eq=False)
class CellPooling(Layer):
    """Histogram of each cell: every pixel is shared bilinearly among the four nearest cells.

    Parameters
    ----------
    cell_size : int
        Side s of a cell in pixels.

    Notes
    -----
    Forward, from (N, H, W, C) to (N, R, S, C) with R = ⌊(H + ⌊s/2⌋)/s⌋, so that a last cell at
    least half inside the image is kept:

        y[i, j] = Σ_hw T(i, h) T(j, w) x[h, w],     T(i, h) = max(0, 1 − |(h + ½)/s − ½ − i|)

    Cell i is centered at pixel s·i + (s − 1)/2. Shares that would fall outside the grid are
    dropped and not renormalized.

    Backward: linear, dx[h, w] = Σ_ij T(i, h) T(j, w) dy[i, j].

    Source: VLFeat 0.9.21, ``vl/hog.c``.

    Examples
    --------
    >>> import numpy as np
    >>> CellPooling(2)(np.ones((1, 4, 6, 1)))[0, :, :, 0].tolist()
    [[3.0625, 3.5, 3.0625], [3.0625, 3.5, 3.0625]]
    """

    cell_size: int = 8

    def __post_init__(self) -> None:
        demand_whole(self, "cell_size", 1)

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        rows, cols = (self._cells(size) for size in (h, w))
        if rows < 1 or cols < 1:
            least = (self.cell_size + 1) // 2
            raise ShapeError(
                f"CellPooling with cells of {self.cell_size} pixels takes at least "
                f"{least}x{least} pixels, got shape {shape}"
            )
        return (n, rows, cols, c)

    def _cells(self, size: int) -> int:
        return (size + self.cell_size // 2) // self.cell_size

    def _weights(self, h: int, w: int) -> tuple[Matrix, Matrix]:
        s = self.cell_size
        return cell_weights(h, s, self._cells(h)), cell_weights(w, s, self._cells(w))

    def forward(self, x: Array) -> tuple[Array, Shape]:
        self.output_shape(tuple(x.shape))
        rows, cols = self._weights(x.shape[1], x.shape[2])
        return separable(rows, x, cols), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        rows, cols = self._weights(cache[1], cache[2])
        return separable_adjoint(rows, dy, cols)


@lru_cache(maxsize=64)
def cell_weights(size: int, cell_size: int, cells: int) -> Matrix:
    """The matrix T[i, h] of shares that pixel h gives to cell i: shape (cells, size)."""
    position = (np.arange(size) + 0.5) / cell_size - 0.5
    weights = np.maximum(0.0, 1.0 - np.abs(position - np.arange(cells)[:, None]))
    weights.flags.writeable = False
    return weights
