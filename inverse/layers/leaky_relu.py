"""A rectifier that lets a little of the negative part through."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.windows import POINTWISE

__all__ = ["LeakyReLU"]


@dataclass(frozen=True, eq=False)
class LeakyReLU(Layer):
    """y = x where x > 0, else a x, elementwise, for x of any shape.

    Parameters
    ----------
    negative_slope : float
        a. ONNX calls it alpha.

    Notes
    -----
    With the slope s = p + a (1 − p), p = 1 where x > 0, else 0: forward y = s x; backward
    dx = s dy. Kink at x = 0, where the derivative is a, so that a = 0 is `ReLU`.

    Source: Maas, Hannun & Ng, ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> LeakyReLU(0.5)(np.array([-2.0, 0.0, 3.0])).tolist()
    [-1.0, 0.0, 3.0]
    """

    window = POINTWISE

    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        demand(is_number(self.negative_slope), self, "negative_slope", "be a finite number")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        slope = xp.astype(x > 0, x.dtype)
        slope += self.negative_slope * (1 - slope)
        return x * slope, slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
