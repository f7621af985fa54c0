"""Sums over axes."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.axes import demand_axes, reduced_shape, resolve_axes, spread
from inverse.layers.base import Layer

__all__ = ["ReduceSum"]


@dataclass(frozen=True, eq=False)
class ReduceSum(Layer):
    """y = the sum of x over some axes.

    Parameters
    ----------
    axes : tuple of int
        Axes of x, not the batch. Negative ones count from the end.
    keepdims : bool
        Whether they stay in y, with size 1.

    Notes
    -----
    Forward y = Σ x over the axes; backward dx = dy at each of their entries.

    Examples
    --------
    >>> import numpy as np
    >>> ReduceSum((-1,))(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[6.0]]
    """

    axes: tuple[int, ...]
    keepdims: bool = True

    def __post_init__(self) -> None:
        demand_axes(self, "axes")

    def output_shape(self, shape: Shape) -> Shape:
        return reduced_shape(shape, resolve_axes(self, self.axes, len(shape), shape), self.keepdims)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        self.output_shape(tuple(x.shape))
        return namespace(x).sum(x, axis=self.axes, keepdims=self.keepdims), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return spread(dy, resolve_axes(self, self.axes, len(cache), cache), cache)
