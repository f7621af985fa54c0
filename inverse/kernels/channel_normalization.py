"""Local response normalization."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Layer, LocalResponseNorm
from inverse.layers.local_response_norm import _band

__all__ = ["ChannelNormalization"]


class ChannelNormalization(Kernel):
    """Equals `LocalResponseNorm`.

    Notes
    -----
    The sums over neighboring channels are products with a band matrix, which cost less than the
    root behind them. With the factor α and the constant κ inside the matrices, a strip of places
    goes through all of it in cache, and for β = ¾ the power is two square roots. A strip goes to
    the same lane forward and backward, within a turn, so what is kept is the lane's own.
    """

    shares = True
    repeats = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        (layer,) = layers
        assert isinstance(layer, LocalResponseNorm)
        self._layer, self._scratch, self._dtype = layer, scratch, dtype
        band = _band(shape[-1], layer.size)
        self._sums = scratch.constant(
            (id(layer), "sums"), lambda: (layer.alpha * band).astype(dtype)
        )
        self._back = scratch.constant(
            (id(layer), "back"),
            lambda: np.ascontiguousarray((-2 * layer.alpha * layer.beta * band).T.astype(dtype)),
        )
        self._places = int(np.prod(shape[:-1]))
        self._channels = shape[-1]
        self._energy, self._factor = scratch.own((2, self._places, self._channels), dtype)
        self._x: Plane | None = None
        self._strips = strips((self._places, self._channels))

    def forward(self, x: Plane, y: Plane) -> None:
        self._x = x.reshape(self._energy.shape)
        flat = y.reshape(self._energy.shape)
        self._scratch.share([partial(self._ahead, s, flat) for s in self._strips])

    def backward(self, dy: Plane, dx: Plane) -> None:
        dy, dx = dy.reshape(self._energy.shape), dx.reshape(self._energy.shape)
        self._scratch.share([partial(self._back_strip, s, dy, dx) for s in self._strips])

    def _ahead(self, strip: slice, y: Plane) -> None:
        assert self._x is not None
        x, energy, factor = self._x[strip], self._energy[strip], self._factor[strip]
        run, square = self._scratch.run, self._scratch("square", x.shape, self._dtype)
        run(np.multiply, x, x, out=square)
        run(np.matmul, square, self._sums, out=energy)
        run(np.add, energy, self._layer.bias, out=energy)
        if self._layer.beta == 0.75:
            root = square
            run(np.sqrt, energy, out=root)
            run(np.sqrt, root, out=factor)
            run(np.multiply, factor, root, out=factor)
            run(np.divide, 1.0, factor, out=factor)
        else:
            run(np.power, energy, -self._layer.beta, out=factor)
        run(np.multiply, x, factor, out=y[strip])

    def _back_strip(self, strip: slice, dy: Plane, dx: Plane) -> None:
        assert self._x is not None
        x, out, run = self._x[strip], dx[strip], self._scratch.run
        shares = self._scratch("square", x.shape, self._dtype)
        through = self._scratch("through", x.shape, self._dtype)
        run(np.multiply, dy[strip], self._factor[strip], out=out)
        run(np.multiply, out, x, out=shares)
        run(np.divide, shares, self._energy[strip], out=shares)
        run(np.matmul, shares, self._back, out=through)
        run(np.multiply, through, x, out=through)
        run(np.add, out, through, out=out)
