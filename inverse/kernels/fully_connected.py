"""Fully connected layers of a batch, whose weights are read from memory once."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import BatchKernel
from inverse.kernels.padding import gated
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Layer, Linear

__all__ = ["FullyConnected"]

BLOCK = 2**18
"""Numbers of a block of weights: 1 MB in float32, which stays in a core's cache."""

COLUMNS = 256
"""A block's least width, in multiples of which features are divided: whole lines of cache."""


class FullyConnected(BatchKernel):
    """Equals `Linear` on vectors, and a `ReLU` behind it.

    Notes
    -----
    The weights are far larger than any cache, and a product of a matrix and a vector takes as long
    as it takes to read the matrix. So the weights are cut into blocks that stay in a core's cache,
    and each block is multiplied with the vectors of all images while it is there: N images then
    cost one reading from memory, and N from cache. A block is multiplied with one vector at a time,
    by the same call for any N, so that an image comes out the same in every batch.

    W has a row for each feature e of x. Blocks of whole rows give some of dx_e = Σ_f W_ef dy_f.
    Forward, y_f = Σ_e x_e W_ef, a core takes some of the columns f, block after block of rows.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer = layers[0]
        assert isinstance(layer, Linear)
        self._rectify, self._scratch, self._dtype = len(layers) > 1, scratch, dtype
        self._weight = np.asarray(layer.weight, dtype)
        self._bias = None if layer.bias is None else np.asarray(layer.bias, dtype)
        takes, gives = self._weight.shape
        parts = max(1, min(4, gives // COLUMNS))
        step = -(-gives // (parts * 16)) * 16
        self._columns = [slice(i, min(i + step, gives)) for i in range(0, gives, step)]
        self._rows_ahead = _blocks(takes, max(1, BLOCK // step))
        self._rows_back = _blocks(takes, max(1, BLOCK // gives))
        self._y: Plane = np.empty((shape[0], gives), dtype)

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        self._scratch.share([partial(self._ahead, part, x, y) for part in self._columns])

    def _ahead(self, part: slice, x: Plane, y: Plane, scratch: Scratch) -> None:
        own, width = y[:, part], part.stop - part.start
        share = scratch("share of features", (width,), self._dtype)
        own[...] = 0 if self._bias is None else self._bias[part]
        for rows in self._rows_ahead:
            block = self._weight[rows, part]
            for n in range(len(x)):
                np.matmul(x[n, rows], block, out=share)
                own[n] += share
        if self._rectify:
            np.maximum(own, 0, out=own)

    def backward(self, dy: Plane, dx: Plane) -> None:
        if self._rectify:
            passed = self._scratch("gated", dy.shape, self._dtype)
            gated(dy, self._y, passed, self._scratch)
            dy = passed
        shares = [self._rows_back[i::4] for i in range(4)]
        self._scratch.share([partial(self._back, s, dy, dx) for s in shares if s])

    def _back(self, share: list[slice], dy: Plane, dx: Plane, _: Scratch) -> None:
        for rows in share:
            block = self._weight[rows]
            for n in range(len(dy)):
                np.matmul(block, dy[n], out=dx[n, rows])


def _blocks(count: int, step: int) -> list[slice]:
    return [slice(i, min(i + step, count)) for i in range(0, count, step)]
