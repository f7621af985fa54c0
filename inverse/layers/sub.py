"""The difference of two branches."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.layers.broadcasting import broadcast_shape, sum_to
from inverse.layers.join import Join
from inverse.layers.windows import POINTWISE

__all__ = ["Sub"]


@dataclass(frozen=True, eq=False)
class Sub(Join):
    """y = a − b.

    Notes
    -----
    Forward y = a − b; backward da = dy, db = −dy, each summed over the axes along which the input
    was broadcast, for which the rules of `Add` hold.

    Examples
    --------
    >>> import numpy as np
    >>> Sub()(np.array([[1.0, 2.0]]), np.array([[0.5]])).tolist()
    [[0.5, 1.5]]
    """

    window = POINTWISE

    def output_shape(self, *shapes: Shape) -> Shape:
        return broadcast_shape(self, shapes)

    def forward(self, *xs: Array) -> tuple[Array, tuple[Shape, Shape]]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        a, b = xs
        return a - b, (tuple(a.shape), tuple(b.shape))

    def backward(self, dy: Array, cache: tuple[Shape, Shape]) -> tuple[Array, Array]:
        return sum_to(dy, cache[0]), -sum_to(dy, cache[1])
