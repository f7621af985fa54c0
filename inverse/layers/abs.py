"""The absolute value."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.windows import POINTWISE

__all__ = ["Abs"]


@dataclass(frozen=True, eq=False)
class Abs(Layer):
    """y = |x|, elementwise, for x of any shape.

    Notes
    -----
    Forward y = |x|; backward dx = sign(x) dy. Kink at x = 0, where the derivative is 0, the mean
    of both sides.

    Examples
    --------
    >>> import numpy as np
    >>> Abs()(np.array([-2.0, 0.0, 3.0])).tolist()
    [2.0, 0.0, 3.0]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        return xp.abs(x), xp.sign(x)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
