"""The sigmoid made of three straight pieces."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["HardSigmoid", "ramp"]


@dataclass(frozen=True, eq=False)
class HardSigmoid(Layer):
    """y = min(max(αx + β, 0), 1), elementwise, for x of any shape.

    Parameters
    ----------
    alpha, beta : float
        Slope and offset. These defaults are ONNX's; PyTorch's hardsigmoid has α = 1/6, β = 1/2.

    Notes
    -----
    Forward y = min(max(u, 0), 1) with u = αx + β; backward dx = α dy where 0 ≤ u ≤ 1, else 0.
    Kinks at u = 0 and u = 1, where the gradient passes as in `Clip`; PyTorch stops it there.

    Source: Courbariaux, Bengio & David, NIPS 2015.

    Examples
    --------
    >>> import numpy as np
    >>> HardSigmoid()(np.array([-3.0, 0.0, 1.0, 3.0])).tolist()
    [0.0, 0.5, 0.7, 1.0]
    """

    window = POINTWISE

    alpha: float = 0.2
    beta: float = 0.5

    def __post_init__(self) -> None:
        for field in ("alpha", "beta"):
            demand(is_number(getattr(self, field)), self, field, "be a finite number")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        return ramp(x, self.alpha, self.beta)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache


def ramp(x: Array, alpha: float, beta: float) -> tuple[Array, Array]:
    """min(max(αx + β, 0), 1), and its derivative."""
    xp = namespace(x)
    line = x * alpha
    line += beta
    y = xp.minimum(xp.maximum(line, number(0, x)), number(1, x))
    slope = xp.astype(y == line, x.dtype)
    slope *= alpha
    return y, slope
