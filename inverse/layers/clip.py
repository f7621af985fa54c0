"""Clipping to an interval, of which ReLU6 is one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["Clip"]


@dataclass(frozen=True, eq=False)
class Clip(Layer):
    """y = min(max(x, a), b), elementwise, for x of any shape.

    Parameters
    ----------
    minimum, maximum : float or None
        a and b; None for no bound on that side. ReLU6 is ``Clip(0, 6)``.

    Notes
    -----
    Forward y = min(max(x, a), b); backward dx = dy where a ≤ x ≤ b, else 0. Kinks at x = a and
    x = b, where dy passes, as in `Clamp`: an entry that is not moved keeps its gradient.
    PyTorch's clamp does so too; its ReLU6 stops dy at both bounds. ``Clip(0)`` differs from
    `ReLU` in that one point, x = 0. The bounds are rounded to the dtype of x.

    ONNX allows a > b, which makes every y equal to b; here that is refused.

    Source: the operator Clip of ONNX; ReLU6 is from Krizhevsky, 2010, "Convolutional deep belief
    networks on CIFAR-10".

    Examples
    --------
    >>> import numpy as np
    >>> Clip(0, 6)(np.array([-1.0, 2.0, 7.0])).tolist()
    [0.0, 2.0, 6.0]
    """

    window = POINTWISE

    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        for field in ("minimum", "maximum"):
            value = getattr(self, field)
            demand(value is None or is_number(value), self, field, "be a finite number or None")
        low, high = self._bounds()
        demand(low <= high, self, "maximum", f"be at least minimum, {self.minimum}")

    def _bounds(self) -> tuple[float, float]:
        low = -math.inf if self.minimum is None else self.minimum
        return low, math.inf if self.maximum is None else self.maximum

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        low, high = self._bounds()
        y = xp.minimum(xp.maximum(x, number(low, x)), number(high, x))
        return y, xp.astype(y == x, x.dtype)  # y = x exactly where a ≤ x ≤ b

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
