"""The normalization stage of HOG, from histograms of cells to features."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import BlockNormalization, BlockSum, Clamp, Layer
from inverse.layers.block_normalization import _extend, _gather_blocks
from inverse.layers.block_sum import TEXTURE

__all__ = ["BlockHistogram"]


class BlockHistogram(Kernel):
    """Equals `BlockNormalization`, `Clamp`, `BlockSum`.

    Notes
    -----
    Fast, because the four normalized copies (R, S, 4·3K) are never laid out as features: they are
    four stacks of 3K planes, which are scaled, clamped and summed plane by plane, and a cell's
    factor multiplies contiguous planes. Exact, but for the order in which numbers are added.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        normalization, clamp, block_sum = layers
        assert isinstance(normalization, BlockNormalization)
        assert isinstance(clamp, Clamp)
        assert isinstance(block_sum, BlockSum)
        rows, cols, channels = shape
        self._k = channels // 2
        self._epsilon, self._maximum = normalization.epsilon, clamp.maximum
        self._texture = block_sum.texture
        self._both = np.empty((3 * self._k, rows, cols), dtype)
        self._factors = np.empty((4, rows, cols), dtype)
        self._free = np.empty((4, 3 * self._k, rows, cols), dtype)
        self._scaled = scratch("scaled", self._free.shape, dtype)
        self._copies = scratch("copies", self._free.shape, dtype)

    def forward(self, x: Plane, y: Plane) -> None:
        k, both = self._k, self._both
        np.copyto(both[: 2 * k], x.transpose(2, 0, 1))
        undirected = np.add(both[:k], both[k : 2 * k], out=both[2 * k :])
        energy = _extend(np.einsum("krs,krs->rs", undirected, undirected)[None])[0]
        rows = energy[:-1] + energy[1:]
        f = 1 / np.sqrt(rows[:, :-1] + rows[:, 1:] + self._epsilon)
        corners = (f[:-1, :-1], f[:-1, 1:], f[1:, :-1], f[1:, 1:])
        np.stack(corners, out=self._factors)
        np.multiply(self._factors[:, None], both, out=self._scaled)
        np.copyto(self._free, self._scaled <= self._maximum)
        clamped = np.minimum(self._scaled, self._maximum, out=self._copies)
        y[..., : 3 * k] = 0.5 * np.add.reduce(clamped, axis=0).transpose(1, 2, 0)
        if self._texture:
            y[..., 3 * k :] = TEXTURE * clamped[:, 2 * k :].sum(axis=1).transpose(1, 2, 0)

    def backward(self, dy: Plane, dx: Plane) -> None:
        k, both, f, copies = self._k, self._both, self._factors, self._copies
        planes = np.ascontiguousarray(dy.transpose(2, 0, 1))
        copies[:] = 0.5 * planes[: 3 * k]
        if self._texture:
            copies[:, 2 * k :] += TEXTURE * planes[3 * k :, None]
        np.multiply(copies, self._free, out=copies)
        df = np.einsum("mkrs,krs->mrs", copies, both)
        shares = -0.5 * f * f * f * df
        denergy = _gather_blocks(shares.transpose(1, 2, 0)[None])[0]
        np.multiply(copies, f[:, None], out=copies)
        dboth = np.add.reduce(copies, axis=0)
        du = dboth[2 * k :] + 2 * both[2 * k :] * denergy
        directed = dx.transpose(2, 0, 1)
        np.add(dboth[:k], du, out=directed[:k])
        np.add(dboth[k : 2 * k], du, out=directed[k:])
