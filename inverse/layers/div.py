"""The quotient of two branches, guarded around zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape
from inverse.layers.base import demand, is_number
from inverse.layers.broadcasting import broadcast_shape, sum_to
from inverse.layers.join import Join
from inverse.layers.reciprocal import Reciprocal
from inverse.layers.windows import POINTWISE

__all__ = ["Div"]


class _Cache(NamedTuple):
    inverse: Array
    y: Array
    shapes: tuple[Shape, Shape]


@dataclass(frozen=True, eq=False)
class Div(Join):
    """y = a/b where |b| ≥ m, else 0, elementwise.

    Parameters
    ----------
    minimum : float
        m, the guard, at least 1e-18, as in `Reciprocal`.

    Notes
    -----
    With r = 1/b where |b| ≥ m, else 0:

        forward   y = a r
        backward  da = r dy,   db = −y r dy

    each summed over the axes along which the input was broadcast, for which the rules of `Add`
    hold. A division by zero gives 0 and has derivative 0, in which case other software gives
    infinity or NaN. The function jumps at |b| = m.

    Examples
    --------
    >>> import numpy as np
    >>> Div()(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, -1.0, 0.0]])).tolist()
    [[0.5, -2.0, 0.0]]
    """

    window = POINTWISE

    minimum: float = 1e-15

    def __post_init__(self) -> None:
        fits = is_number(self.minimum) and self.minimum >= 1e-18
        demand(fits, self, "minimum", "be a finite number of at least 1e-18")

    def output_shape(self, *shapes: Shape) -> Shape:
        return broadcast_shape(self, shapes)

    def forward(self, *xs: Array) -> tuple[Array, _Cache]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        a, b = xs
        inverse = Reciprocal(self.minimum)(b)
        y = a * inverse
        return y, _Cache(inverse, y, (tuple(a.shape), tuple(b.shape)))

    def backward(self, dy: Array, cache: _Cache) -> tuple[Array, Array]:
        da = dy * cache.inverse
        return sum_to(da, cache.shapes[0]), -sum_to(da * cache.y, cache.shapes[1])
