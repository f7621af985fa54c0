"""Maxima of sliding windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, check_rank4
from inverse.layers.pooling import demand_pool, pooled_size
from inverse.layers.windows import Pads, Pair, Window, inside, surround

__all__ = ["MaxPool2d"]


class _Cache(NamedTuple):
    size: Pair
    x: Array
    maxima: Array
    y: Array


@dataclass(frozen=True, eq=False)
class MaxPool2d(Layer):
    """y[i, j] = max of x over the places of window (i, j), channel by channel.

    Parameters
    ----------
    kernel : pair of int
        Rows and columns of a window.
    stride : pair of int
        Rows and columns from a window to the next.
    pads : four int
        Rows and columns of padding at the top, left, bottom and right. Padding is −∞: no maximum.
    dilation : pair of int
        Rows and columns from a place of a window to the next.
    ceil_mode : bool
        Whether a last window may overhang the padding; one that would start beyond x and its
        padding at the top or left does not count.

    Notes
    -----
    Forward, the maximum along the rows of a window and then along its columns:

        m[h, j] = max_l x[h, j·s − p + l·d]          j: columns of y, l = 0, …, KW − 1
        y[i, j] = max_k m[i·s − p + k·d, j]          i: rows of y, k = 0, …, KH − 1

    Backward: dy[i, j] goes to the place of the maximum, of several to the first in row-major
    order. That is the first row k whose maximum m equals y, and in it the first l whose x equals
    m, so each of the two steps hands what it is given to the first of its taps that equals the
    maximum. Where windows overlap a place gets the sum of what they give.

    Caffe pools with ``ceil_mode``, ONNX and PyTorch by default without. PyTorch's stride is by
    default the kernel, here and in ONNX it is 1.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 3.0, 2.0, 0.0], [0.0, 3.0, 5.0, 4.0]])[None, :, :, None]
    >>> layer = MaxPool2d((2, 2), stride=(2, 2))
    >>> y, cache = layer.forward(x)
    >>> y.ravel().tolist(), layer.backward(y, cache)[0, :, :, 0].tolist()
    ([3.0, 5.0], [[0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 5.0, 0.0]])
    """

    kernel: Pair
    stride: Pair = (1, 1)
    pads: Pads = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        demand_pool(self)

    @property
    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.pads, self.dilation)

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        return (n, *pooled_size(self, self.window, h, w, self.ceil_mode), c)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        _, rows, cols, _ = self.output_shape(tuple(x.shape))
        xp, window = namespace(x), self.window
        size = window.covered(0, rows), window.covered(1, cols)
        around = surround(x, window, *size, fill=-xp.inf)
        maxima = reduce(xp.maximum, (around[at] for at in _taps(window, 1, cols)))
        y = reduce(xp.maximum, (maxima[at] for at in _taps(window, 0, rows)))
        return y, _Cache(x.shape[1:3], around, maxima, y)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        size, x, maxima, y = cache
        window = self.window
        dmaxima = _give(dy, y, maxima, _taps(window, 0, y.shape[1]))
        return inside(_give(dmaxima, maxima, x, _taps(window, 1, y.shape[2])), window, *size)


def _taps(window: Window, axis: int, count: int) -> list[tuple[slice, ...]]:
    """Where each tap of ``count`` windows lies along rows (axis 0) or columns (1)."""
    before = (slice(None),) * (axis + 1)
    after = (slice(None),) * (2 - axis)
    return [(*before, window.tap(axis, k, count), *after) for k in range(window.kernel[axis])]


def _give(dy: Array, y: Array, x: Array, taps: list[tuple[slice, ...]]) -> Array:
    """dx, in which every number of ``dy`` is added at the first of the taps where x equals y."""
    xp = namespace(dy)
    dx = xp.zeros_like(x)
    rest = dy
    for at in taps[:-1]:
        share = xp.astype(x[at] == y, dy.dtype)
        share *= rest
        dx[at] += share
        rest = rest - share  # what is given is not given again
    dx[taps[-1]] += rest
    return dx
