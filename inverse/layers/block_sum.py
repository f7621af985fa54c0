"""The last stage of HOG: four normalized copies become one histogram and four texture channels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4

__all__ = ["BlockSum"]

TEXTURE = 1 / math.sqrt(18)


@dataclass(frozen=True, eq=False)
class BlockSum(Layer):
    """Half the sum of the four copies of each channel, and the gradient energy in each copy.

    Parameters
    ----------
    texture : bool
        Whether to append the four texture channels.

    Notes
    -----
    Forward, from (N, R, S, 4·3K), four copies y_m = (directed 2K, undirected K), to
    (N, R, S, 3K + 4):

        out = ½ Σ_m y_m  (3K channels),      t_m = 18^−½ Σ_k (undirected y_m)_k   (4 channels)

    Linear; backward dy_m = ½ dout, plus 18^−½ dt_m on the undirected channels of copy m.

    The constant is 18^−½ for every K, as in VLFeat. VLFeat sums the undirected channels for
    texture; the original code of Felzenszwalb et al. sums the directed ones.

    Source: VLFeat 0.9.21, ``vl/hog.c`` (UoCTTI variant).

    Examples
    --------
    >>> import numpy as np
    >>> BlockSum()(np.ones((1, 1, 1, 24)))[0, 0, 0].round(3).tolist()
    [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.471, 0.471, 0.471, 0.471]
    """

    texture: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        n, rows, cols, c = check_rank4(self, shape)
        if c % 12 or c == 0:
            raise ShapeError(f"BlockSum takes four copies of 3K channels, got shape {shape}")
        return (n, rows, cols, c // 4 + 4 * self.texture)

    def forward(self, x: Array) -> tuple[Array, int]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        k = x.shape[3] // 12
        copies = xp.reshape(x, (*x.shape[:3], 4, 3 * k))
        y = 0.5 * xp.sum(copies, axis=3)
        if self.texture:
            y = xp.concat((y, TEXTURE * xp.sum(copies[..., 2 * k :], axis=4)), axis=3)
        return y, k

    def backward(self, dy: Array, cache: int) -> Array:
        xp, k = namespace(dy), cache
        half = 0.5 * dy[:, :, :, None, : 3 * k]
        copies = xp.concat((half, half, half, half), axis=3)
        if self.texture:
            copies[..., 2 * k :] += TEXTURE * dy[..., 3 * k :, None]
        return xp.reshape(copies, (*dy.shape[:3], 12 * k))
