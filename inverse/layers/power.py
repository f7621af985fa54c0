"""A power with a fixed exponent, guarded where it is not defined."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Power"]


@dataclass(frozen=True, eq=False)
class Power(Layer):
    """y = x^p, elementwise, for x of any shape.

    Parameters
    ----------
    exponent : float
        p, not 0.

    Notes
    -----
    The domain D of x^p and of its derivative is

        all x for p = 1, 2, 3, …,     x ≠ 0 for p = −1, −2, …,     x > 0 for any other p.

    Forward y = x^p on D, else 0; backward dx = p x^(p−1) dy on D, else 0. Outside D other
    software gives NaN or infinity. Overflow is not guarded: x^p and p x^(p−1) must be within the
    dtype, up to 3e38 in float32.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([-2.0, 0.0, 4.0])
    >>> Power(2)(x).tolist(), Power(0.5)(x).tolist(), Power(-1)(x).tolist()
    ([4.0, 0.0, 16.0], [0.0, 0.0, 2.0], [-0.5, 0.0, 0.25])
    """

    window = POINTWISE

    exponent: float

    def __post_init__(self) -> None:
        fits = is_number(self.exponent) and self.exponent != 0
        demand(fits, self, "exponent", "be a finite number other than 0")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        p = float(self.exponent)
        if p.is_integer() and p > 0:
            below = x ** (p - 1)
            return x * below, p * below
        xp = namespace(x)
        inside = x != 0 if p.is_integer() else x > 0
        base = xp.where(inside, x, number(1, x))
        below = base ** (p - 1) * xp.astype(inside, x.dtype)
        return base * below, p * below

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
