"""The sum of branches: the joint of a residual network."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import reduce

from inverse.arrays import Array, Shape
from inverse.layers.broadcasting import broadcast_shape, sum_to
from inverse.layers.join import Join
from inverse.layers.windows import POINTWISE

__all__ = ["Add"]


@dataclass(frozen=True, eq=False)
class Add(Join):
    """y = a + b, or the sum of more inputs.

    Notes
    -----
    Forward y = x₁ + … + x_k; backward dx_i = dy, summed over the axes along which x_i was
    broadcast. Broadcasting is NumPy's, except that all inputs have equal rank and equally many
    images: axis 0 is the batch.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0, 3.0]]), np.array([[10.0]])
    >>> y, cache = Add().forward(a, b)
    >>> y.tolist(), [dx.tolist() for dx in Add().backward(np.ones((1, 3)), cache)]
    ([[11.0, 12.0, 13.0]], [[[1.0, 1.0, 1.0]], [[3.0]]])
    """

    window = POINTWISE

    def output_shape(self, *shapes: Shape) -> Shape:
        return broadcast_shape(self, shapes, most=None)

    def forward(self, *xs: Array) -> tuple[Array, tuple[Shape, ...]]:
        shapes = tuple(tuple(x.shape) for x in xs)
        self.output_shape(*shapes)
        return reduce(operator.add, xs), shapes

    def backward(self, dy: Array, cache: tuple[Shape, ...]) -> tuple[Array, ...]:
        return tuple(sum_to(dy, shape) for shape in cache)
