"""The activation of MobileNetV3."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.layers.base import Layer
from inverse.layers.hard_sigmoid import ramp
from inverse.layers.windows import POINTWISE

__all__ = ["HardSwish"]


@dataclass(frozen=True, eq=False)
class HardSwish(Layer):
    """y = x h(x) with h(x) = min(max(x/6 + ½, 0), 1), elementwise, for x of any shape.

    Notes
    -----
    Forward y = x h; backward, by the product rule,

        dx = (h + x h′) dy,     h′ = 1/6 where 0 ≤ x/6 + ½ ≤ 1, else 0

    Kinks at x = −3 and x = 3, where h′ = 1/6 as in `Clip`, so that the slopes are −½ and 3/2.

    Source: Howard et al., ICCV 2019, "Searching for MobileNetV3".

    Examples
    --------
    >>> import numpy as np
    >>> HardSwish()(np.array([-4.0, -1.5, 0.0, 4.0])).tolist()
    [-0.0, -0.375, 0.0, 4.0]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        h, slope = ramp(x, 1 / 6, 0.5)
        slope *= x
        slope += h
        h *= x
        return h, slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
