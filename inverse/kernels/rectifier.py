"""ReLU by itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import gated
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Layer

__all__ = ["Rectifier", "strips"]

NUMBERS = 2**16
"""Numbers of a strip: 256 kB in float32."""


class Rectifier(Kernel):
    """Equals `ReLU`, in strips that stay in cache; y itself says where x was positive."""

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        assert len(layers) == 1
        self._y: Plane = np.empty(0, dtype)
        self._scratch = scratch
        self._strips = strips(shape)

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        self._scratch.share([partial(_rectify, x[s], y[s]) for s in self._strips])

    def backward(self, dy: Plane, dx: Plane) -> None:
        self._scratch.share([partial(gated, dy[s], self._y[s], dx[s]) for s in self._strips])


def _rectify(x: Plane, y: Plane, _: Scratch) -> None:
    np.maximum(x, 0, out=y)


def strips(shape: Shape, numbers: int = NUMBERS) -> list[slice]:
    """The first axis in strips of about so many numbers."""
    row = max(1, int(np.prod(shape[1:])))
    step = max(1, numbers // row)
    return [slice(i, min(i + step, shape[0])) for i in range(0, shape[0], step)]
