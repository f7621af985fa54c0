"""Normalization of each channel by its neighbors, as in AlexNet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from inverse.arrays import Array, Shape, constant, namespace
from inverse.layers.base import Layer, demand, demand_whole, is_number
from inverse.layers.parameters import Weights, resolve_axis
from inverse.layers.products import product
from inverse.layers.windows import POINTWISE

__all__ = ["LocalResponseNorm"]


class _Cache(NamedTuple):
    x: Array
    energy: Array
    factor: Array


@dataclass(frozen=True, eq=False)
class LocalResponseNorm(Layer):
    """y = x / (κ + α Σ x²)^β, the sum over a window of neighboring channels.

    Parameters
    ----------
    size : int
        Channels of a window.
    alpha, beta, bias : float
        α, β and κ.

    Notes
    -----
    Forward, for x with channels on its last axis, with the window of channel c cut at the ends:

        s_c = κ + α Σ_j x_j²,     j = c − ⌊(size−1)/2⌋, …, c + ⌈(size−1)/2⌉
        y_c = x_c s_c^−β

    Backward. x_i acts through its own numerator and through every s_c whose window holds it:

        dx_i = s_i^−β dy_i − 2αβ x_i Σ_c dy_c x_c s_c^(−β−1),     c with i in the window of c

    With the band matrix B, B_jc = 1 where j is in the window of c, the two sums are the products
    x² B and (dy x s^(−β−1)) Bᵀ.

    Smooth, since κ > 0.

    α is not divided by the size, as in the paper. ONNX, Caffe and PyTorch divide theirs:
    α = alpha/size. The window of an even size is ONNX's, one channel longer upward; PyTorch's is
    longer downward.

    Source: Krizhevsky, Sutskever & Hinton, NIPS 2012, section 3.3.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 3.0]])
    >>> LocalResponseNorm(3, alpha=1.0, beta=1.0)(x).round(3).tolist()  # over 6, 15, 14
    [[0.167, 0.133, 0.214]]
    """

    window = POINTWISE

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    bias: float = 1.0

    def __post_init__(self) -> None:
        demand_whole(self, "size", 1)
        demand(is_number(self.alpha) and self.alpha >= 0, self, "alpha", "not be negative")
        for field in ("beta", "bias"):
            value = getattr(self, field)
            demand(is_number(value) and value > 0, self, field, "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        resolve_axis(self, -1, shape)
        return shape

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        self.output_shape(tuple(x.shape))
        energy = product(x * x, constant(_band(x.shape[-1], self.size), x))
        energy *= self.alpha
        energy += self.bias
        factor = self._factor(energy)
        return x * factor, _Cache(x, energy, factor)

    def _factor(self, energy: Array) -> Array:
        """s^−β; two square roots take a fraction of the time of a power."""
        if self.beta != 0.75:
            return energy**-self.beta
        xp = namespace(energy)
        root = xp.sqrt(energy)
        root *= xp.sqrt(root)
        return 1 / root

    def backward(self, dy: Array, cache: _Cache) -> Array:
        x, energy, factor = cache
        dx = dy * factor
        shares = dx * x
        shares /= energy
        through = product(shares, constant(_band(x.shape[-1], self.size).T, x))
        through *= x
        through *= -2 * self.alpha * self.beta
        dx += through
        return dx


@lru_cache(maxsize=16)
def _band(channels: int, size: int) -> Weights:
    """B of shape (C, C): entry (j, c) is 1 where channel j is in the window of channel c."""
    offset = np.arange(channels)[:, None] - np.arange(channels)
    band = (offset >= -((size - 1) // 2)) & (offset <= size // 2)
    return band.astype(np.float64)
