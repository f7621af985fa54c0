"""The product of two branches: gates and attention."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.layers.broadcasting import broadcast_shape, sum_to
from inverse.layers.join import Join
from inverse.layers.windows import POINTWISE

__all__ = ["Mul"]


@dataclass(frozen=True, eq=False)
class Mul(Join):
    """y = a b, elementwise.

    Notes
    -----
    Forward y = a b; backward da = b dy, db = a dy, each summed over the axes along which the input
    was broadcast, for which the rules of `Add` hold. A gate of one number a channel,
    (N, 1, 1, C), so gets the sum over all places of a map that it opens.

    Examples
    --------
    >>> import numpy as np
    >>> a, gate = np.array([[1.0, 2.0, 3.0]]), np.array([[0.5]])
    >>> y, cache = Mul().forward(a, gate)
    >>> y.tolist(), [dx.tolist() for dx in Mul().backward(np.ones((1, 3)), cache)]
    ([[0.5, 1.0, 1.5]], [[[0.5, 0.5, 0.5]], [[6.0]]])
    """

    window = POINTWISE

    def output_shape(self, *shapes: Shape) -> Shape:
        return broadcast_shape(self, shapes)

    def forward(self, *xs: Array) -> tuple[Array, tuple[Array, Array]]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        a, b = xs
        return a * b, (a, b)

    def backward(self, dy: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
        a, b = cache
        return sum_to(dy * b, tuple(a.shape)), sum_to(dy * a, tuple(b.shape))
