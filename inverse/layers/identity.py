"""Nothing: a layer that gives what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.layers.base import Layer
from inverse.layers.windows import POINTWISE

__all__ = ["Identity"]


@dataclass(frozen=True, eq=False)
class Identity(Layer):
    """y = x, for x of any shape: what dropout is outside training.

    Notes
    -----
    Forward y = x; backward dx = dy. Both are the arrays that came in, not copies.

    Examples
    --------
    >>> import numpy as np
    >>> Identity()(np.array([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, None]:
        self.output_shape(tuple(x.shape))
        return x, None

    def backward(self, dy: Array, cache: None) -> Array:  # noqa: ARG002
        return dy
