"""Convolutions: which way of computing them is fast, and the kernels that go that way."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.correlator import Correlator, Filters, backward_filters, forward_filters
from inverse.kernels.gemm import Gemm
from inverse.kernels.kernel import Kernel
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.winograd import Winograd
from inverse.layers import Conv2d, Layer, ReLU

__all__ = ["Convolution", "correlator"]

FEW_CHANNELS = 16
"""With fewer, the transforms of a tile cost more than its products."""

SMALL, TINY = 16, 10
"""Up to this many rows, an image has too few tiles of 4×4, or of 2×2, for an efficient product."""


class Convolution(Kernel):
    """Equals `Conv2d` of stride 1, and a `ReLU` behind it.

    Notes
    -----
    Backward is a correlation as well, of dy with the flipped filters, so both ways are fast for
    the same reasons: `Winograd` or `Gemm`. Bias and ReLU are applied to a strip of y while it is
    in cache; backward of the ReLU to a strip of dy as it is read.
    """

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer, rectify = layers[0], layers[1:]
        assert isinstance(layer, Conv2d)
        assert all(type(one) is ReLU for one in rectify)
        output = layer.output_shape((1, *shape))[1:]
        self._gate: Plane | None = None
        self._rectify = bool(rectify)
        ahead, back = forward_filters(layer, self._rectify), backward_filters(layer)
        self._forward = correlator(ahead, shape, output, dtype, scratch)
        self._backward = correlator(back, output, shape, dtype, scratch)

    def forward(self, x: Plane, y: Plane) -> None:
        self._forward(x, y)
        self._gate = y if self._rectify else None

    def backward(self, dy: Plane, dx: Plane) -> None:
        self._backward(dy, dx, self._gate)

    def describe(self) -> str:
        ahead, back = self._forward.describe(), self._backward.describe()
        return ahead if ahead == back else f"{ahead}; back {back}"


def correlator(
    filters: Filters, shape: Shape, output: Shape, dtype: np.dtype[Any], scratch: Scratch
) -> Correlator:
    """The fastest correlation for images of ``shape``, of those that are there."""
    (kh, kw), channels = filters.taps, shape[2] // filters.groups
    winograd = kh == kw and 2 <= kh <= 5 and channels >= FEW_CHANNELS
    if not winograd or max(output[:2]) <= TINY:
        return Gemm(filters, shape, output, dtype, scratch)
    count = 2 if kh == 3 and max(output[:2]) <= SMALL else 3 if kh == 4 else 4
    return Winograd(filters, shape, output, dtype, scratch, count)
