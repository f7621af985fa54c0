"""The mean of an image's every channel."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4

__all__ = ["GlobalAveragePool2d"]


@dataclass(frozen=True, eq=False)
class GlobalAveragePool2d(Layer):
    """y = mean of x over all rows and columns, channel by channel.

    Notes
    -----
    Forward, from (N, H, W, C) to (N, 1, 1, C): y[c] = Σ_hw x[h, w, c]/(H W).
    Backward: dx[h, w, c] = dy[c]/(H W).

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAveragePool2d()(np.arange(6.0).reshape(1, 3, 1, 2)).ravel().tolist()
    [2.0, 3.0]
    """

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        if not h or not w:
            raise ShapeError(f"GlobalAveragePool2d takes images with pixels, got shape {shape}")
        return (n, 1, 1, c)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        self.output_shape(tuple(x.shape))
        return namespace(x).mean(x, axis=(1, 2), keepdims=True), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        dx = namespace(dy).zeros(cache, dtype=dy.dtype, device=dy.device)
        dx += dy / (cache[1] * cache[2])
        return dx
