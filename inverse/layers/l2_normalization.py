"""Division of each feature vector by its Euclidean norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, check_rank4, demand, is_number
from inverse.layers.windows import POINTWISE

__all__ = ["L2Normalization"]


class _Cache(NamedTuple):
    x: Array
    norm: Array


@dataclass(frozen=True, eq=False)
class L2Normalization(Layer):
    """y = x / (‖x‖ + ε) along the channels.

    Parameters
    ----------
    epsilon : float
        ε, what keeps a zero vector finite (VLFeat: 2⁻²³ = 1.19e-7).

    Notes
    -----
    Forward, for each position of x of shape (N, R, S, C): n = ‖x‖₂, y = x/(n + ε).

    Backward: dx = dy/(n + ε) − ⟨dy, x⟩ x / (n (n + ε)²), the second term 0 where n = 0.

    Kinks: x = 0. Its derivative there is dy/ε, finite but large: 8.4e6 for VLFeat's ε.

    Source: VLFeat 0.9.21, ``vl/dsift.c``. SIFT normalizes, clamps at 0.2 and normalizes again,
    which is the chain L2Normalization, Clamp, L2Normalization.

    Examples
    --------
    >>> import numpy as np
    >>> L2Normalization()(np.array([[[[3.0, 4.0]]]])).round(3).tolist()
    [[[[0.6, 0.8]]]]
    """

    window = POINTWISE

    epsilon: float = 2.0**-23

    def __post_init__(self) -> None:
        demand(is_number(self.epsilon) and self.epsilon > 0, self, "epsilon", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        return check_rank4(self, shape)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        norm = xp.sqrt(xp.sum(x * x, axis=3, keepdims=True))
        return x / (norm + self.epsilon), _Cache(x, norm)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        x, norm = cache
        size = norm + self.epsilon
        safe = xp.where(norm > 0, norm, xp.ones_like(norm))
        along = xp.sum(dy * (x / size), axis=3, keepdims=True)
        return (dy - along * (x / safe)) / size
