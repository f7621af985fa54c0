"""The same values in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand

__all__ = ["Reshape"]


@dataclass(frozen=True, eq=False)
class Reshape(Layer):
    r"""The values of each image, in their order, in another shape.

    Parameters
    ----------
    shape : tuple of int
        Of one image, without the batch axis. One entry may be −1: it is what the others leave.

    Notes
    -----
    Forward, for images of D values from shape (N, …) to (N, \*shape): entry number d of an image
    stays number d, counted in row-major order (the last axis is fastest). Backward is the same
    back to the shape of x. For images (N, H, W, C) the channels are the fastest axis; software that
    keeps channels first gives another order (see `Flatten`).

    Examples
    --------
    >>> import numpy as np
    >>> Reshape((2, -1))(np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])).tolist()
    [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        whole = isinstance(self.shape, tuple) and all(
            isinstance(size, Integral) and (size > 0 or size == -1) for size in self.shape
        )
        fits = whole and self.shape.count(-1) < 2
        demand(fits, self, "shape", "be a tuple of positive whole numbers, or -1 once")

    def output_shape(self, shape: Shape) -> Shape:
        values, known = math.prod(shape[1:]), math.prod(size for size in self.shape if size != -1)
        fits = values % known == 0 if -1 in self.shape else values == known
        if not shape or not fits:
            raise ShapeError(
                f"Reshape to {self.shape} takes batches of images of as many values, got shape "
                f"{shape}"
            )
        return (shape[0], *(values // known if size == -1 else size for size in self.shape))

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return namespace(x).reshape(x, shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return namespace(dy).reshape(dy, cache)
