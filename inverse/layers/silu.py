"""The sigmoid-weighted linear unit, also called swish."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.layers.base import Layer
from inverse.layers.sigmoid import logistic
from inverse.layers.windows import POINTWISE

__all__ = ["SiLU"]


@dataclass(frozen=True, eq=False)
class SiLU(Layer):
    """y = x σ(x) with σ(x) = 1/(1 + e^−x), elementwise, for x of any shape.

    Notes
    -----
    Forward y = x σ(x); backward, since σ′ = σ (1 − σ),

        dx = (σ + x σ (1 − σ)) dy = (σ + y (1 − σ)) dy

    Smooth.

    Source: Elfwing, Uchibe & Doya, Neural Networks 2018; Ramachandran, Zoph & Le, 2017, "Searching
    for activation functions".

    Examples
    --------
    >>> import numpy as np
    >>> SiLU()(np.array([-1e6, 0.0, 1e6])).tolist()
    [-0.0, 0.0, 1000000.0]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        sigma = logistic(x)
        y = x * sigma
        slope = 1 - sigma
        slope *= y
        slope += sigma
        return y, slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
