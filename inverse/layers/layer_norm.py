"""Normalization of every feature vector by its own statistics, as in transformers."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, constant
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.parameters import (
    Weights,
    check_broadcast,
    demand_array,
    demand_axis,
    resolve_axis,
)
from inverse.layers.standardize import Standardized, standardize, standardize_backward

__all__ = ["LayerNorm"]


@dataclass(frozen=True, eq=False, repr=False)
class LayerNorm(Layer):
    """y = γ (x − μ)/√(σ² + ε) + β, with μ and σ² over the last axes of x.

    Parameters
    ----------
    scale : array
        γ, of a shape that broadcasts against the axes of x after the batch: usually that of the
        normalized axes.
    bias : array or None
        β, likewise; None for 0.
    epsilon : float
        ε.
    axis : int
        The first of the normalized axes, which go from there to the last, in the order that x
        has; any but the batch. The default −1 is the last axis alone.

    Notes
    -----
    Forward, with μ and σ² over the axes from ``axis`` on, and the variance divided by the number
    of values:

        r = 1/√(σ² + ε),   z = r (x − μ),   y = γ z + β

    Backward, with means over the same axes:

        dz = γ dy,   dx = r (dz − mean(dz) − z mean(dz z))

    Smooth, since ε > 0. The axis is counted as in ONNX; PyTorch has the shape of the normalized
    axes in its place.

    Source: Ba, Kiros & Hinton, 2016, "Layer normalization".

    Examples
    --------
    >>> import numpy as np
    >>> layer = LayerNorm(np.array([2.0, 2.0]), np.array([5.0, 6.0]))
    >>> layer(np.array([[1.0, 3.0]])).round(3).tolist()
    [[3.0, 8.0]]
    """

    scale: Weights
    bias: Weights | None = None
    epsilon: float = 1e-5
    axis: int = -1

    def __post_init__(self) -> None:
        demand_array(self, "scale")
        if self.bias is not None:
            demand_array(self, "bias")
        demand_axis(self, "axis")
        demand(is_number(self.epsilon) and self.epsilon > 0, self, "epsilon", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        resolve_axis(self, self.axis, shape)
        check_broadcast(self, "scale", shape)
        if self.bias is not None:
            check_broadcast(self, "bias", shape)
        return shape

    def _axes(self, rank: int) -> tuple[int, ...]:
        return tuple(range(self.axis % rank, rank))

    def forward(self, x: Array) -> tuple[Array, Standardized]:
        self.output_shape(tuple(x.shape))
        cache = standardize(x, self._axes(x.ndim), self.epsilon)
        y = cache.z * constant(self.scale, x)
        if self.bias is not None:
            y += constant(self.bias, x)
        return y, cache

    def backward(self, dy: Array, cache: Standardized) -> Array:
        dz = dy * constant(self.scale, dy)
        return standardize_backward(dz, cache, self._axes(dy.ndim))
