"""The exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["ELU"]


@dataclass(frozen=True, eq=False)
class ELU(Layer):
    """y = x where x > 0, else α (e^x − 1), elementwise, for x of any shape.

    Parameters
    ----------
    alpha : float
        α: y tends to −α for x → −∞.

    Notes
    -----
    With e = exp(min(x, 0)) − 1, which cannot overflow:

        forward   y = max(x, 0) + α e
        backward  dx = dy where x > 0,  α (1 + e) dy elsewhere

    Kink at x = 0 unless α = 1; the derivative there is α, that of the left side.

    Source: Clevert, Unterthiner & Hochreiter, ICLR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> ELU(2.0)(np.array([-1e6, -np.log(2.0), 0.0, 3.0])).round(3).tolist()
    [-2.0, -1.0, 0.0, 3.0]
    """

    window = POINTWISE

    alpha: float = 1.0

    def __post_init__(self) -> None:
        demand(is_number(self.alpha), self, "alpha", "be a finite number")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        zero = number(0, x)
        curve = xp.expm1(xp.minimum(x, zero))
        curve *= self.alpha
        y = xp.maximum(x, zero)
        y += curve
        left = xp.astype(x <= 0, x.dtype)
        curve += self.alpha
        curve *= left
        curve += 1 - left
        return y, curve

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
