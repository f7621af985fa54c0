"""Means over axes: global average pooling is one over rows and columns."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.axes import demand_axes, reduced_shape, resolve_axes, spread
from inverse.layers.base import Layer

__all__ = ["ReduceMean"]


@dataclass(frozen=True, eq=False)
class ReduceMean(Layer):
    """y = the mean of x over some axes.

    Parameters
    ----------
    axes : tuple of int
        Axes of x, not the batch. Negative ones count from the end.
    keepdims : bool
        Whether they stay in y, with size 1.

    Notes
    -----
    Forward y = (1/n) Σ x over the n entries of the axes; backward dx = dy/n at each of them.

    Examples
    --------
    >>> import numpy as np
    >>> ReduceMean((1, 2), keepdims=False)(np.arange(12.0).reshape(1, 2, 3, 2)).tolist()
    [[5.0, 6.0]]
    """

    axes: tuple[int, ...]
    keepdims: bool = True

    def __post_init__(self) -> None:
        demand_axes(self, "axes")

    def output_shape(self, shape: Shape) -> Shape:
        return reduced_shape(shape, resolve_axes(self, self.axes, len(shape), shape), self.keepdims)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        self.output_shape(tuple(x.shape))
        return namespace(x).mean(x, axis=self.axes, keepdims=self.keepdims), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        axes = resolve_axes(self, self.axes, len(cache), cache)
        return spread(dy * (1 / math.prod(cache[axis] for axis in axes)), axes, cache)
