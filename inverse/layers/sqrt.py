"""The square root, guarded below zero."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Sqrt"]


@dataclass(frozen=True, eq=False)
class Sqrt(Layer):
    """y = √max(x, 0), elementwise, for x of any shape.

    Notes
    -----
    Forward y = √max(x, 0); backward dx = dy/(2y) where x > 0, else 0: negative x are taken as 0,
    and the infinite derivative at 0 is replaced by 0. Where other software gives NaN or infinity,
    a value at rest stays at rest.

    Examples
    --------
    >>> import numpy as np
    >>> y, cache = Sqrt().forward(np.array([-1.0, 0.0, 4.0]))
    >>> y.tolist(), Sqrt().backward(np.ones(3), cache).tolist()
    ([0.0, 0.0, 2.0], [0.0, 0.0, 0.25])
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        inside = xp.astype(x > 0, x.dtype)
        y = xp.sqrt(xp.maximum(x, number(0, x)))
        return y, inside / (2 * y + (1 - inside))

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
