"""The exponential, kept from overflowing."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Exp"]


@dataclass(frozen=True, eq=False)
class Exp(Layer):
    """y = exp(min(x, m)), elementwise, for x of any shape.

    Parameters
    ----------
    maximum : float
        m, the guard, at most 88, about where e^x ends in float32. e^80 is 5.5e34, so that y and
        moderate multiples of it are finite in both precisions.

    Notes
    -----
    Forward y = exp(min(x, m)); backward dx = y dy where x ≤ m, else 0: what is beyond the guard is
    constant. Kink at x = m, where the gradient passes.

    Examples
    --------
    >>> import numpy as np
    >>> Exp()(np.array([-1e6, 0.0, np.log(2.0)])).round(3).tolist()
    [0.0, 1.0, 2.0]
    """

    window = POINTWISE

    maximum: float = 80.0

    def __post_init__(self) -> None:
        fits = is_number(self.maximum) and self.maximum <= 88
        demand(fits, self, "maximum", "be a finite number of at most 88")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        guarded = xp.minimum(x, number(self.maximum, x))
        y = xp.exp(guarded)
        return y, y * xp.astype(guarded == x, x.dtype)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
