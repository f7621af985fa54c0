"""The Gaussian error linear unit, the activation of transformers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, demand
from inverse.layers.erf_function import erf
from inverse.layers.windows import POINTWISE

__all__ = ["GELU"]

_CUBIC = 0.044715
_SLOPE = math.sqrt(2 / math.pi)


@dataclass(frozen=True, eq=False)
class GELU(Layer):
    """y = x P(x) with the normal distribution P, elementwise, for x of any shape.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        P itself, or the approximation of it by tanh.

    Notes
    -----
    Forward y = x P(x); backward dx = (P + x P′) dy, with

        none:  P(x) = ½ (1 + erf(x/√2)),     P′(x) = exp(−x²/2)/√(2π)
        tanh:  P(x) = ½ (1 + t),             P′(x) = ½ (1 − t²) u′(x)
               t = tanh(u),   u(x) = √(2/π) (x + 0.044715 x³)

    Smooth. The two differ by less than 5e-4.

    Source: Hendrycks & Gimpel, 2016, "Gaussian error linear units".

    Examples
    --------
    >>> import numpy as np
    >>> GELU()(np.array([-1e6, 0.0, 1.0])).round(4).tolist()
    [-0.0, 0.0, 0.8413]
    >>> GELU("tanh")(np.array([1.0])).round(4).tolist()
    [0.8412]
    """

    window = POINTWISE

    approximate: str = "none"

    def __post_init__(self) -> None:
        known = self.approximate in ("none", "tanh")
        demand(known, self, "approximate", "be 'none' or 'tanh'")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        share, slope = _normal(x) if self.approximate == "none" else _by_tanh(x)
        slope *= x
        slope += share
        share *= x
        return share, slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache


def _normal(x: Array) -> tuple[Array, Array]:
    """P and P′."""
    share = erf(x * math.sqrt(0.5))
    share += 1
    share *= 0.5
    density = namespace(x).exp(x * x * -0.5)
    density *= 1 / math.sqrt(2 * math.pi)
    return share, density


def _by_tanh(x: Array) -> tuple[Array, Array]:
    """P and P′, approximately."""
    square = x * x
    t = namespace(x).tanh((square * (_SLOPE * _CUBIC) + _SLOPE) * x)
    slope = square * (1.5 * _SLOPE * _CUBIC) + 0.5 * _SLOPE
    slope *= 1 - t * t
    t += 1
    t *= 0.5
    return t, slope
