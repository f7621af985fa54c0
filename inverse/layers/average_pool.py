"""Means of sliding windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from inverse.arrays import Array, Shape
from inverse.layers.base import Layer, check_rank4, demand
from inverse.layers.pooling import demand_pool, held, pooled_size
from inverse.layers.separable import Matrix, separable, separable_adjoint
from inverse.layers.windows import Pads, Pair, Window

__all__ = ["AveragePool2d"]


@dataclass(frozen=True, eq=False)
class AveragePool2d(Layer):
    """y[i, j] = mean of x over the places of window (i, j), channel by channel.

    Parameters
    ----------
    kernel, stride, pads, dilation, ceil_mode
        As of `MaxPool2d`; padding is 0.
    count_include_pad : bool
        Whether the mean counts places in the padding.

    Notes
    -----
    Forward. The mean is the product of a mean over rows and one over columns,

        y[i, j] = Σ_hw A[i, h] B[j, w] x[h, w],

    in which A[i, h] is 1/n_i if row h is in window i, else 0, and n_i is the number of rows of x
    in window i; with ``count_include_pad`` of rows of x or its padding. B is the same for
    columns. Where a window of ``ceil_mode`` overhangs the padding, nothing is counted.

    Backward: linear, dx[h, w] = Σ_ij A[i, h] B[j, w] dy[i, j].

    ONNX's convention. PyTorch counts the padding by default; Caffe always does.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 6.0])[None, None, :, None]
    >>> AveragePool2d((1, 2), (1, 2), (0, 1, 0, 0))(x).ravel().tolist()
    [1.0, 2.5, 5.0]
    >>> AveragePool2d((1, 2), (1, 2), (0, 1, 0, 0), count_include_pad=True)(x).ravel().tolist()
    [0.5, 2.5, 5.0]
    """

    kernel: Pair
    stride: Pair = (1, 1)
    pads: Pads = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    ceil_mode: bool = False
    count_include_pad: bool = False

    def __post_init__(self) -> None:
        demand_pool(self)
        counts = self.count_include_pad
        demand(isinstance(counts, bool), self, "count_include_pad", "be True or False")

    @property
    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.pads, self.dilation)

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        return (n, *pooled_size(self, self.window, h, w, self.ceil_mode), c)

    def _weights(self, shape: Shape) -> tuple[Matrix, Matrix]:
        window, counts = self.window, self.output_shape(shape)[1:3]
        rows, cols = (
            _means(window, axis, counts[axis], shape[axis + 1], self.count_include_pad)
            for axis in (0, 1)
        )
        return rows, cols

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = tuple(x.shape)
        rows, cols = self._weights(shape)
        return separable(rows, x, cols), shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        rows, cols = self._weights(cache)
        return separable_adjoint(rows, dy, cols)


@lru_cache(maxsize=64)
def _means(window: Window, axis: int, count: int, size: int, include_pad: bool) -> Matrix:
    """The matrix A[i, h] of weights that row or column h has in the mean of window i."""
    places = held(window, axis, count, size)
    counted = places
    if include_pad:
        near, far = window.pads[axis], window.pads[axis + 2]
        padded = window._replace(pads=(0, 0, 0, 0))
        counted = held(padded, axis, count, near + size + far)
    weights: Matrix = places / counted.sum(axis=1, keepdims=True)
    weights.flags.writeable = False
    return weights
