"""Clamping from above: what limits the influence of a single strong edge."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.windows import POINTWISE

__all__ = ["Clamp"]


@dataclass(frozen=True, eq=False)
class Clamp(Layer):
    """y = min(x, c), elementwise, for x of any shape.

    Parameters
    ----------
    maximum : float
        c, 0.2 in both HOG and SIFT.

    Notes
    -----
    Forward y = min(x, c); backward dx = dy where x ≤ c, else 0. Kink at x = c, where dy passes.
    A clamped entry is forgotten: everything above c has the same code.

    Source: VLFeat 0.9.21, ``vl/hog.c`` and ``vl/dsift.c``.

    Examples
    --------
    >>> import numpy as np
    >>> Clamp()(np.array([0.1, 0.2, 0.5])).tolist()
    [0.1, 0.2, 0.2]
    """

    window = POINTWISE

    maximum: float = 0.2

    def __post_init__(self) -> None:
        demand(is_number(self.maximum) and self.maximum > 0, self, "maximum", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        limit = xp.full_like(x, self.maximum)
        free = x <= limit
        return xp.where(free, x, limit), xp.astype(free, x.dtype)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
