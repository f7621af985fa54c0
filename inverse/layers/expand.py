"""Axes of size 1 repeated."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand
from inverse.layers.broadcasting import sum_to

__all__ = ["Expand"]


@dataclass(frozen=True, eq=False)
class Expand(Layer):
    """x with axes of size 1 repeated until each image has the given shape.

    Parameters
    ----------
    shape : tuple of int
        Of one image of y, without the batch axis. It has as many axes as an image of x, each of
        the same size where x has more than one entry.

    Notes
    -----
    Forward: y[n, i, …] = x[n, i or 0, …]; backward: dx is the sum of dy over the copies. The copies
    exist as a view alone, in which all entries of an axis are at one place in memory.

    Examples
    --------
    >>> import numpy as np
    >>> Expand((2, 3))(np.array([[[1.0], [2.0]]])).tolist()
    [[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]]
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        fits = isinstance(self.shape, tuple) and all(
            isinstance(size, Integral) and size > 0 for size in self.shape
        )
        demand(fits, self, "shape", "be a tuple of positive whole numbers")

    def output_shape(self, shape: Shape) -> Shape:
        fits = len(shape) == len(self.shape) + 1 and all(
            size in (1, wanted) for size, wanted in zip(shape[1:], self.shape, strict=True)
        )
        if not fits:
            raise ShapeError(
                f"Expand to {self.shape} takes batches of images of this shape or with axes of "
                f"size 1, got shape {shape}"
            )
        return (shape[0], *self.shape)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return namespace(x).broadcast_to(x, shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return sum_to(dy, cache)
