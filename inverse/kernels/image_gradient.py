"""The image gradient on planes: channel by channel, in contiguous memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import ImageGradient

__all__ = ["PlanarGradient"]


class PlanarGradient:
    """Equals `ImageGradient` for one image, its two components in the planes ``gx``, ``gy``.

    Notes
    -----
    Fast, because a difference of two contiguous planes runs at the speed of the cache, where the
    last axis of (H, W, 2) makes every second number a stride. Exact, because each difference is
    the same subtraction; the adjoint adds the same terms in another order.
    """

    def __init__(
        self, layer: ImageGradient, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        height, width, channels = shape
        self._scale = dtype.type(layer.scale)
        self._one_sided = layer.border == "one-sided"
        self._each = scratch(f"gradient {layer.border}", (channels, 2, height, width), dtype)
        self._chosen = np.ones((channels, height, width), dtype)
        self._scratch = scratch("adjoint", (2, height, width), dtype)
        chosen = scratch("chosen", (2, height, width), dtype)
        self.gx, self.gy = self._each[0] if channels == 1 else chosen

    def forward(self, x: Plane) -> None:
        """Set ``gx`` and ``gy`` from ``x`` (H, W, C)."""
        planes = np.ascontiguousarray(x.transpose(2, 0, 1))
        for plane, (gx, gy) in zip(planes, self._each, strict=True):
            self._differences(plane, gx)
            self._differences(plane.T, gy.T)
        if len(planes) > 1:
            self._choose()

    def _differences(self, x: Plane, g: Plane) -> None:
        """Differences of ``x`` along its last axis, into ``g``."""
        rows = slice(None) if self._one_sided else slice(1, -1)
        if not self._one_sided:
            g[0] = g[-1] = g[:, 0] = g[:, -1] = 0
        np.subtract(x[rows, 2:], x[rows, :-2], out=g[rows, 1:-1])
        if self._one_sided:
            np.subtract(x[:, 1], x[:, 0], out=g[:, 0])
            np.subtract(x[:, -1], x[:, -2], out=g[:, -1])
            g[:, 0] *= 2
            g[:, -1] *= 2
        if self._scale != 1:
            g *= self._scale

    def _choose(self) -> None:
        energy = (self._each * self._each).sum(axis=1)
        channel = np.arange(len(energy))[:, None, None]
        np.equal(energy.argmax(axis=0), channel, out=self._chosen, casting="unsafe")
        for axis, g in enumerate((self.gx, self.gy)):
            np.einsum("chw,chw->hw", self._each[:, axis], self._chosen, out=g)

    def backward(self, dgx: Plane, dgy: Plane, dx: Plane) -> None:
        """Write Dᵀ (dgx, dgy) into ``dx`` (H, W, C); the two planes are used up."""
        along_x, along_y = self._scratch
        for channel, chosen in enumerate(self._chosen):
            ex, ey = (dgx, dgy) if len(self._chosen) == 1 else (dgx * chosen, dgy * chosen)
            self._adjoint(ex, along_x)
            self._adjoint(ey.T, along_y.T)
            np.add(along_x, along_y, out=dx[:, :, channel])
        if self._scale != 1:
            np.multiply(dx, self._scale, out=dx)

    def _adjoint(self, dg: Plane, dx: Plane) -> None:
        """dx = the transposed `_differences` of ``dg``, whose first and last column are cleared."""
        first, last = 2 * dg[:, 0], 2 * dg[:, -1]
        dg[:, 0] = dg[:, -1] = 0
        if not self._one_sided:
            dg[0] = dg[-1] = 0
        np.subtract(dg[:, :-2], dg[:, 2:], out=dx[:, 1:-1])
        np.negative(dg[:, 1], out=dx[:, 0])
        dx[:, -1] = dg[:, -2]
        if self._one_sided:
            dx[:, 1] += first
            dx[:, 0] -= first
            dx[:, -1] += last
            dx[:, -2] -= last
