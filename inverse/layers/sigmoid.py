"""The logistic function."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.windows import POINTWISE

__all__ = ["Sigmoid", "logistic"]


@dataclass(frozen=True, eq=False)
class Sigmoid(Layer):
    """y = σ(x) = 1/(1 + e^−x), elementwise, for x of any shape.

    Notes
    -----
    Forward, with e = exp(−|x|) ≤ 1, which cannot overflow:

        y = 1/(1 + e) where x ≥ 0,     y = e/(1 + e) where x < 0

    Backward: dx = y (1 − y) dy. Smooth; for |x| beyond about 17 in float32 and 37 in float64 one
    side saturates to y = 1, whose derivative is 0.

    Examples
    --------
    >>> import numpy as np
    >>> Sigmoid()(np.array([-1e6, 0.0, np.log(3.0)])).round(3).tolist()
    [0.0, 0.5, 0.75]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        y = logistic(x)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * (cache * (1 - cache))


def logistic(x: Array) -> Array:
    """σ(x), without overflow and to full relative precision."""
    xp = namespace(x)
    e = xp.exp(-xp.abs(x))
    y = xp.maximum(e, xp.astype(x >= 0, x.dtype))  # e is at most 1
    e += 1
    y /= e
    return y
