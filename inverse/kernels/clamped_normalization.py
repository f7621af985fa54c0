"""The normalization stage of dense SIFT."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Clamp, L2Normalization, Layer

__all__ = ["ClampedNormalization"]

BAND = 1 << 16
"""Numbers that are taken through all steps at once: with their buffers they fit in the cache."""


class ClampedNormalization(Kernel):
    """Equals `L2Normalization`, `Clamp`, `L2Normalization`.

    Notes
    -----
    Fast, because bands of descriptors go through the three layers while they are in the cache,
    and because only u, y and the norms of a descriptor are kept. With u = x/s₁, v = min(u, c),
    y = v/s₂, s₁ = ‖x‖ + ε₁, s₂ = ‖v‖ + ε₂, the plain layers' backward is

        dv = (dy − ⟨dy, v⟩ v/(‖v‖ s₂))/s₂,   du = dv where u ≤ c,   dx = (du − ⟨du, u⟩ x/‖x‖)/s₁.

    Where u ≤ c, v = u; so with v = s₂ y, x = s₁ u and the divisions by s₁ and s₂ left to the end,

        e = dy − ⟨dy, y⟩ u/‖v‖ where u ≤ c, else 0;    dx = (e − ⟨e, u⟩ u s₁/‖x‖)/(s₁ s₂).

    Exact, but for rounding.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        first, clamp, second = layers
        assert isinstance(first, L2Normalization)
        assert isinstance(clamp, Clamp)
        assert isinstance(second, L2Normalization)
        rows, cols, channels = shape
        epsilons = (first.epsilon, second.epsilon)
        self._epsilons = np.array(epsilons, dtype)[:, None, None, None]
        self._maximum = clamp.maximum
        count = min(rows, max(1, BAND // (cols * channels)))
        self._bands = [slice(i, i + count) for i in range(0, rows, count)]
        self._u = np.empty(shape, dtype)
        self._y: Plane  # of the last forward
        self._norms = np.empty((2, rows, cols, 1), dtype)
        self._scratch = scratch("product", (count, cols, channels), dtype)
        self._free = scratch("free", (count, cols, channels), bool)

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        for band in self._bands:
            u, v = self._u[band], y[band]
            first, second = self._norms[:, band]
            np.sqrt(_inner(x[band], x[band]), out=first)
            np.divide(x[band], first + self._epsilons[0], out=u)
            np.minimum(u, self._maximum, out=v)
            np.sqrt(_inner(v, v), out=second)
            np.divide(v, second + self._epsilons[1], out=v)

    def backward(self, dy: Plane, dx: Plane) -> None:
        for band in self._bands:
            u, e = self._u[band], dx[band]
            scratch, free = self._scratch[: len(u)], self._free[: len(u)]
            norms = self._norms[:, band]
            first, second = norms + self._epsilons
            safe = norms + (norms == 0)
            np.multiply(u, _inner(dy[band], self._y[band]) / safe[1], out=e)
            np.subtract(dy[band], e, out=e)
            np.copyto(scratch, np.less_equal(u, self._maximum, out=free))
            np.multiply(e, scratch, out=e)
            np.multiply(u, _inner(e, u) * (first / safe[0]), out=scratch)
            np.subtract(e, scratch, out=e)
            np.multiply(e, 1 / (first * second), out=e)


def _inner(a: Plane, b: Plane) -> Plane:
    product: Plane = np.vecdot(a, b)[..., None]
    return product
