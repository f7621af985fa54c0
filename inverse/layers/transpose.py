"""Axes in another order."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand

__all__ = ["Transpose"]


@dataclass(frozen=True, eq=False)
class Transpose(Layer):
    """Axis k of y is axis ``axes[k]`` of x.

    Parameters
    ----------
    axes : tuple of int
        Every axis once. The first is 0: the batch stays where it is.

    Notes
    -----
    Forward permutes the axes; backward permutes them back. No value is moved in memory, so that y
    is a view of x with other strides.

    Examples
    --------
    >>> import numpy as np
    >>> Transpose((0, 3, 1, 2)).output_shape((1, 32, 24, 3))
    (1, 3, 32, 24)
    """

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        whole = isinstance(self.axes, tuple) and all(
            isinstance(axis, Integral) for axis in self.axes
        )
        fits = whole and sorted(self.axes) == list(range(len(self.axes))) and self.axes[:1] == (0,)
        demand(fits, self, "axes", "be a permutation of 0, 1, … that begins with 0, the batch")

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != len(self.axes):
            raise ShapeError(
                f"Transpose with axes {self.axes} takes arrays of rank {len(self.axes)}, got shape "
                f"{shape}"
            )
        return tuple(shape[axis] for axis in self.axes)

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        self.output_shape(tuple(x.shape))
        back = tuple(self.axes.index(axis) for axis in range(len(self.axes)))
        return namespace(x).permute_dims(x, self.axes), back

    def backward(self, dy: Array, cache: tuple[int, ...]) -> Array:
        return namespace(dy).permute_dims(dy, cache)
