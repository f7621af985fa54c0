"""One divided by x, guarded around zero."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Reciprocal"]


@dataclass(frozen=True, eq=False)
class Reciprocal(Layer):
    """y = 1/x where |x| ≥ m, else 0, elementwise, for x of any shape.

    Parameters
    ----------
    minimum : float
        m, the guard, at least 1e-18, so that the derivative of up to 1/m² is finite in float32.

    Notes
    -----
    Forward y = 1/x; backward dx = −y² dy. Both are 0 where |x| < m, in which case other software
    gives infinity at 0. The function jumps at |x| = m.

    Examples
    --------
    >>> import numpy as np
    >>> Reciprocal()(np.array([-2.0, 0.0, 4.0])).tolist()
    [-0.5, 0.0, 0.25]
    """

    window = POINTWISE

    minimum: float = 1e-15

    def __post_init__(self) -> None:
        fits = is_number(self.minimum) and self.minimum >= 1e-18
        demand(fits, self, "minimum", "be a finite number of at least 1e-18")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        inside = xp.abs(x) >= self.minimum
        y = xp.astype(inside, x.dtype) / xp.where(inside, x, number(1, x))
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        return -dy * cache * cache
