"""The maximum of an image's every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4

__all__ = ["GlobalMaxPool2d"]


class _Cache(NamedTuple):
    shape: Shape
    place: Array


@dataclass(frozen=True, eq=False)
class GlobalMaxPool2d(Layer):
    """y = max of x over all rows and columns, channel by channel.

    Notes
    -----
    Forward, from (N, H, W, C) to (N, 1, 1, C): y[c] = max_hw x[h, w, c].
    Backward: dy[c] goes to the place of the maximum, of several to the first in row-major order.

    Examples
    --------
    >>> import numpy as np
    >>> layer = GlobalMaxPool2d()
    >>> y, cache = layer.forward(np.array([1.0, 3.0, 3.0]).reshape(1, 1, 3, 1))
    >>> y.ravel().tolist(), layer.backward(y, cache).ravel().tolist()
    ([3.0], [0.0, 3.0, 0.0])
    """

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        if not h or not w:
            raise ShapeError(f"GlobalMaxPool2d takes images with pixels, got shape {shape}")
        return (n, 1, 1, c)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        n, _, _, c = self.output_shape(tuple(x.shape))
        xp = namespace(x)
        places = xp.reshape(x, (n, -1, c))
        y = xp.reshape(xp.max(places, axis=1), (n, 1, 1, c))
        return y, _Cache(tuple(x.shape), xp.argmax(places, axis=1, keepdims=True))

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        n, h, w, c = cache.shape
        places = xp.arange(h * w, dtype=cache.place.dtype, device=dy.device)
        first = xp.astype(places[:, None] == cache.place, dy.dtype)
        return xp.reshape(first * xp.reshape(dy, (n, 1, c)), cache.shape)
