"""Images as vectors: what comes before a fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer

__all__ = ["Flatten"]


@dataclass(frozen=True, eq=False)
class Flatten(Layer):
    """The values of each image as one vector: from (N, …) to (N, D).

    Parameters
    ----------
    channels_first : bool
        Whether images (N, H, W, C) are read channel by channel, in the order C, H, W that the
        weights of networks trained on (N, C, H, W) expect. Arrays of another rank are read in
        their own order either way.

    Notes
    -----
    Forward: y[n, d] = x[n, h, w, c] with d = (h W + w) C + c, or with ``channels_first``
    d = (c H + h) W + w. Backward puts every dy[n, d] back to its place.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> Flatten()(x).tolist(), Flatten(channels_first=True)(x).tolist()
    ([[1.0, 2.0, 3.0, 4.0]], [[1.0, 3.0, 2.0, 4.0]])
    """

    channels_first: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        if not shape:
            raise ShapeError("Flatten takes batches of images, got shape ()")
        return (shape[0], math.prod(shape[1:]))

    def forward(self, x: Array) -> tuple[Array, Shape]:
        xp, shape = namespace(x), tuple(x.shape)
        flat = self.output_shape(shape)
        if self.channels_first and len(shape) == 4:
            x = xp.permute_dims(x, (0, 3, 1, 2))
        return xp.reshape(x, flat), shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        xp = namespace(dy)
        if not self.channels_first or len(cache) != 4:
            return xp.reshape(dy, cache)
        n, h, w, c = cache
        return xp.permute_dims(xp.reshape(dy, (n, c, h, w)), (0, 2, 3, 1))
