"""The natural logarithm, guarded at zero and below."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Log"]


@dataclass(frozen=True, eq=False)
class Log(Layer):
    """y = log(max(x, m)), elementwise, for x of any shape.

    Parameters
    ----------
    minimum : float
        m, the guard, at least 1e-37, so that it and its inverse are ordinary float32 numbers.

    Notes
    -----
    Forward y = log(max(x, m)); backward dx = dy/x where x ≥ m, else 0: zero and negative x are
    taken as m and have no gradient. Kink at x = m, where the gradient passes.

    Examples
    --------
    >>> import numpy as np
    >>> Log()(np.array([-1.0, 0.0, 1.0])).round(2).tolist()
    [-69.08, -69.08, 0.0]
    """

    window = POINTWISE

    minimum: float = 1e-30

    def __post_init__(self) -> None:
        fits = is_number(self.minimum) and self.minimum >= 1e-37
        demand(fits, self, "minimum", "be a finite number of at least 1e-37")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        guarded = xp.maximum(x, number(self.minimum, x))
        return xp.log(guarded), xp.astype(guarded == x, x.dtype) / guarded

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
