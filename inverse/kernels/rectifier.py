"""ReLU by itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import gated
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Layer

__all__ = ["Rectifier"]


class Rectifier(Kernel):
    """Equals `ReLU`, in strips that stay in cache; y itself says where x was positive."""

    shares = True
    repeats = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        assert len(layers) == 1
        self._y: Plane = np.empty(0, dtype)
        self._scratch = scratch
        self._strips = strips(shape)

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        rectify = partial(self._scratch.run, np.maximum)
        self._scratch.share([partial(rectify, x[s], 0, out=y[s]) for s in self._strips])

    def backward(self, dy: Plane, dx: Plane) -> None:
        y, scratch = self._y, self._scratch
        scratch.share([partial(gated, dy[s], y[s], dx[s], scratch) for s in self._strips])
