"""Normalization of every channel of every image by its own statistics."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import Weights, along, demand_axis, demand_channels, resolve_axis
from inverse.layers.standardize import Standardized, standardize, standardize_backward

__all__ = ["InstanceNorm"]


@dataclass(frozen=True, eq=False, repr=False)
class InstanceNorm(Layer):
    """y = γ (x − μ)/√(σ² + ε) + β, with μ and σ² over the positions of one image and channel.

    Parameters
    ----------
    scale, bias : arrays of shape (C,)
        γ and β.
    epsilon : float
        ε.
    axis : int
        The axis of the channels, any but the batch; by default the last.

    Notes
    -----
    Forward, for x of rank 3 or more, with μ and σ² over all axes but the batch and the channels,
    and the variance divided by the number of positions:

        r = 1/√(σ² + ε),   z = r (x − μ),   y = γ z + β

    Backward, with means over the same axes:

        dz = γ dy,   dx = r (dz − mean(dz) − z mean(dz z))

    Smooth, since ε > 0. A flat channel gives z = 0, but for rounding, and r = ε^−½, large.

    Source: Ulyanov, Vedaldi & Lempitsky, 2016, "Instance normalization".

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[1.0], [3.0]]])
    >>> InstanceNorm(np.array([2.0]), np.array([5.0]))(x).round(3).tolist()
    [[[3.0], [7.0]]]
    """

    scale: Weights
    bias: Weights
    epsilon: float = 1e-5
    axis: int = -1

    def __post_init__(self) -> None:
        demand_channels(self, "scale", "bias")
        demand_axis(self, "axis")
        demand(is_number(self.epsilon) and self.epsilon > 0, self, "epsilon", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) < 3:
            raise ShapeError(f"InstanceNorm takes arrays of rank 3 or more, got shape {shape}")
        resolve_axis(self, self.axis, shape, len(self.scale))
        return shape

    def _positions(self, rank: int) -> tuple[int, ...]:
        return tuple(axis for axis in range(1, rank) if axis != self.axis % rank)

    def forward(self, x: Array) -> tuple[Array, Standardized]:
        self.output_shape(tuple(x.shape))
        axis = self.axis % x.ndim
        cache = standardize(x, self._positions(x.ndim), self.epsilon)
        y = cache.z * along(self.scale, axis, x)
        y += along(self.bias, axis, x)
        return y, cache

    def backward(self, dy: Array, cache: Standardized) -> Array:
        dz = dy * along(self.scale, self.axis % dy.ndim, dy)
        return standardize_backward(dz, cache, self._positions(dy.ndim))
