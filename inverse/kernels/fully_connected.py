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

PARTS = 4
"""Into how many parts the rows of the weights are cut, for as many processes at most."""


class FullyConnected(BatchKernel):
    """Equals `Linear` on vectors, and a `ReLU` behind it.

    Notes
    -----
    The weights are far larger than any cache, and a product of a matrix and a vector takes as long
    as it takes to read the matrix. So the weights are cut into blocks of rows that stay in a core's
    cache, and each block is multiplied with the vectors of all images while it is there: N images
    then cost one reading from memory, and N from cache. A block is multiplied with one vector at a
    time, by the same call for any N, so that an image comes out the same in every batch.

    W has a row for each feature e of x. Backward, a block of rows gives its own
    dx_e = Σ_f W_ef dy_f. Forward, y_f = Σ_e x_e W_ef, it gives a share of all y, and the shares are
    added in order.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer = layers[0]
        assert isinstance(layer, Linear)
        self._rectify, self._scratch, self._dtype = len(layers) > 1, scratch, dtype
        self._weight = np.asarray(layer.weight, dtype)
        self._bias = 0 if layer.bias is None else np.asarray(layer.bias, dtype)
        takes, gives = self._weight.shape
        self._y: Plane = np.empty((shape[0], gives), dtype)
        self._shares = scratch.common((PARTS, shape[0], gives), dtype)
        step, block = -(-takes // PARTS), max(1, BLOCK // gives)
        self._parts = [
            [slice(i, min(i + block, end)) for i in range(start, end, block)]
            for start, end in ((i, min(i + step, takes)) for i in range(0, takes, step))
        ]

    def forward(self, x: Plane, y: Plane) -> None:
        self._y = y
        self._scratch.share([partial(self._share, i, x) for i in range(len(self._parts))])
        self._scratch.alone(partial(self._sum, y))

    def _share(self, part: int, x: Plane) -> None:
        into = self._shares[part]
        run = self._scratch.run
        run(into.fill, 0)
        found = self._scratch("share of features", into.shape[1:], self._dtype)
        for rows in self._parts[part]:
            block = self._weight[rows]
            for n in range(len(x)):
                run(np.matmul, x[n, rows], block, out=found)
                run(np.add, into[n], found, out=into[n])

    def _sum(self, y: Plane) -> None:
        run = self._scratch.run
        run(np.add.reduce, self._shares[: len(self._parts)], axis=0, out=y)
        run(np.add, y, self._bias, out=y)
        if self._rectify:
            run(np.maximum, y, 0, out=y)

    def backward(self, dy: Plane, dx: Plane) -> None:
        if self._rectify:
            passed = self._scratch("passed", dy.shape, self._dtype)
            gated(dy, self._y, passed, self._scratch)
            dy = passed
        self._scratch.share([partial(self._back, part, dy, dx) for part in self._parts])

    def _back(self, part: list[slice], dy: Plane, dx: Plane) -> None:
        for rows in part:
            block = self._weight[rows]
            for n in range(len(dy)):
                self._scratch.run(np.matmul, block, dy[n], out=dx[n, rows])
