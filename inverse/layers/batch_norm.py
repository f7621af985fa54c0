"""Batch normalization of a trained network: an affine map of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import ParameterError
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import Weights, along, demand_axis, demand_channels, resolve_axis
from inverse.layers.windows import POINTWISE, Window

__all__ = ["BatchNorm"]


@dataclass(frozen=True, eq=False, repr=False)
class BatchNorm(Layer):
    """y = γ (x − μ)/√(σ² + ε) + β with constants for each channel.

    Parameters
    ----------
    scale, bias : arrays of shape (C,)
        γ and β.
    mean, variance : arrays of shape (C,)
        μ and σ², the running statistics of training.
    epsilon : float
        ε.
    axis : int
        The axis of the channels, any but the batch; by default the last.

    Notes
    -----
    The statistics are constants, so images do not meet and the layer is affine:

        a = γ/√(σ² + ε),   b = β − a μ
        forward   y = a x + b
        backward  dx = a dy

    a and b are computed in float64. Caffe has the layer in two, BatchNorm and Scale, and stores
    the statistics multiplied by a factor.

    Source: Ioffe & Szegedy, ICML 2015.

    Examples
    --------
    >>> import numpy as np
    >>> scale, bias, mean, variance = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [4.0, 1.0]])
    >>> BatchNorm(scale, bias, mean, variance, epsilon=0.0)(np.array([[5.0, 7.0]])).tolist()
    [[2.0, 8.0]]
    """

    scale: Weights
    bias: Weights
    mean: Weights
    variance: Weights
    epsilon: float = 1e-5
    axis: int = -1

    def __post_init__(self) -> None:
        demand_channels(self, "scale", "bias", "mean", "variance")
        demand_axis(self, "axis")
        demand(is_number(self.epsilon) and self.epsilon >= 0, self, "epsilon", "not be negative")
        least = float(self.variance.min(initial=np.inf))
        if least < 0 or least + self.epsilon == 0:
            rule = "not be negative" if least < 0 else "be positive where epsilon is 0"
            raise ParameterError(f"BatchNorm.variance must {rule}, got {least}")

    @property
    def window(self) -> Window | None:
        return POINTWISE if self.axis in (-1, 3) else None

    def output_shape(self, shape: Shape) -> Shape:
        resolve_axis(self, self.axis, shape, len(self.scale))
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        axis = self.axis % x.ndim
        slope, offset = (along(values, axis, x) for values in self._line)
        y = x * slope
        y += offset
        return y, slope

    @cached_property
    def _line(self) -> tuple[Weights, Weights]:
        """a and b of y = a x + b, made once: a device knows a table by its place in memory."""
        a = self.scale / np.sqrt(self.variance.astype(np.float64) + self.epsilon)
        return a, self.bias - a * self.mean

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
