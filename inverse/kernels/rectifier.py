"""ReLU by itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import gated, rectified
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Layer

__all__ = ["Rectifier"]


class Rectifier(Kernel):
    """Equals `ReLU`, in strips that stay in cache; y itself says where x was positive."""

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        assert len(layers) == 1
        self._y: Plane = np.empty(0, dtype)
        self._scratch = scratch
        self._strips = strips(shape)

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        scratch = self._scratch
        scratch.share([partial(rectified, x[s], y[s], scratch) for s in self._strips])

    def backward(self, dy: Plane, dx: Plane) -> None:
        y, scratch = self._y, self._scratch
        scratch.share([partial(gated, dy[s], y[s], dx[s], scratch) for s in self._strips])
