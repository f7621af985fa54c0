"""The error function as a layer: what exported networks write GELU with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.erf_function import erf
from inverse.layers.windows import POINTWISE

__all__ = ["Erf"]


@dataclass(frozen=True, eq=False)
class Erf(Layer):
    """y = erf(x) = 2/√π ∫₀ˣ exp(−t²) dt, elementwise, for x of any shape.

    Notes
    -----
    Forward as in `inverse.layers.erf_function`; backward dx = 2/√π exp(−x²) dy. Smooth.

    Examples
    --------
    >>> import numpy as np
    >>> Erf()(np.array([-1e6, 0.0, 0.5])).round(6).tolist()
    [-1.0, 0.0, 0.5205]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        slope = namespace(x).exp(-(x * x))
        slope *= 2 / math.sqrt(math.pi)
        return erf(x), slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
