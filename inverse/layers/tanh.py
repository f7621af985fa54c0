"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.windows import POINTWISE

__all__ = ["Tanh"]


@dataclass(frozen=True, eq=False)
class Tanh(Layer):
    """y = tanh(x), elementwise, for x of any shape.

    Notes
    -----
    Forward y = (e^x − e^−x)/(e^x + e^−x); backward dx = (1 − y²) dy. Smooth; large |x| saturate
    to y = ±1, whose derivative is 0.

    Examples
    --------
    >>> import numpy as np
    >>> Tanh()(np.array([-1e6, 0.0, np.log(2.0)])).round(3).tolist()
    [-1.0, 0.0, 0.6]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        y = namespace(x).tanh(x)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * (1 - cache * cache)
