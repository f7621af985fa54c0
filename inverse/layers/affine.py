"""A scale and a shift by constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inverse.arrays import Array, Shape, constant
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.broadcasting import sum_to
from inverse.layers.parameters import Weights, demand_array
from inverse.layers.windows import POINTWISE, Interval, Window

__all__ = ["Affine"]


class _Cache(NamedTuple):
    scale: Array | float | None
    shape: Shape


@dataclass(frozen=True, eq=False, repr=False)
class Affine(Layer):
    """y = a x + b, elementwise, with constants a and b.

    Parameters
    ----------
    scale, shift : array or float
        a and b: numbers, or arrays that broadcast against one image, such as (C,) for one value a
        channel of x of shape (N, H, W, C).

    Notes
    -----
    Forward y = a x + b; backward dx = a dy. A constant may have more entries than x along an axis
    where x has one: then x is repeated, and dx is summed over its copies. A constant never has an
    axis for the batch.

    Examples
    --------
    >>> import numpy as np
    >>> Affine(2.0, np.array([0.5, -0.5]))(np.array([[1.0, 2.0]])).tolist()
    [[2.5, 3.5]]
    """

    scale: Weights | float = 1.0
    shift: Weights | float = 0.0

    def __post_init__(self) -> None:
        for field in ("scale", "shift"):
            value = getattr(self, field)
            if isinstance(value, np.ndarray):
                demand_array(self, field)
            else:
                demand(is_number(value), self, field, "be a finite number or an array")

    @property
    def window(self) -> Window | None:
        """Of the same numbers everywhere; with constants for each place there is none to move."""
        uniform = all(max(np.shape(v)[:-1], default=1) == 1 for v in (self.scale, self.shift))
        return POINTWISE if uniform else None

    def sees(self, axis: int, first: int, last: int) -> Interval:  # noqa: ARG002
        return first, last

    def output_shape(self, shape: Shape) -> Shape:
        scale, shift = np.shape(self.scale), np.shape(self.shift)
        try:
            image = np.broadcast_shapes(shape[1:], scale, shift)
        except ValueError:
            image = ()
        if not shape or len(image) != len(shape) - 1:
            raise ShapeError(
                f"Affine with scale of shape {scale} and shift of shape {shift} takes batches of "
                f"images that they broadcast against, got shape {shape}"
            )
        return (shape[0], *image)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        output = self.output_shape(tuple(x.shape))
        scale, shift = _unless(1, self.scale, x), _unless(0, self.shift, x)
        y = x if scale is None else x * scale
        if shift is not None:
            if scale is not None and tuple(y.shape) == output:
                y += shift
            else:
                y = y + shift
        return y, _Cache(scale, tuple(x.shape))

    def backward(self, dy: Array, cache: _Cache) -> Array:
        return sum_to(dy if cache.scale is None else dy * cache.scale, cache.shape)


def _unless(neutral: int, value: Weights | float, like: Array) -> Array | float | None:
    """A constant as it meets x: an array like it, or a number; None for one that does nothing."""
    if isinstance(value, np.ndarray):
        return constant(value, like)
    return None if value == neutral else float(value)
