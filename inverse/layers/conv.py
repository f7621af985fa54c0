"""Convolution of images with a bank of filters."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, constant
from inverse.layers.base import Layer, check_rank4
from inverse.layers.correlation import correlate, correlate_adjoint
from inverse.layers.filters import demand_bias, demand_filters
from inverse.layers.parameters import Weights
from inverse.layers.windows import Pads, Pair, Window

__all__ = ["Conv2d"]


@dataclass(frozen=True, eq=False, repr=False)
class Conv2d(Layer):
    """Each feature is the inner product of a filter with the window of x at every place.

    Parameters
    ----------
    weight : array of shape (KH, KW, C/groups, F)
        The filters.
    bias : array of shape (F,) or None
        Added to the features.
    stride : pair of int
        Rows and columns from a window to the next.
    pads : four int
        Rows and columns of zeros at the top, left, bottom and right.
    dilation : pair of int
        Rows and columns from a tap of a filter to the next.
    groups : int
        The channels and the features are divided into as many equal parts, and each part of the
        features sees its own part of the channels alone.

    Notes
    -----
    Forward, with x = 0 outside, stride s, padding p and dilation d along each axis:

        y[i, j, f] = b[f] + Σ_klc w[k, l, c, f] x[i·s − p + k·d, j·s − p + l·d, c]

    There are ⌊(H + p_top + p_bottom − d (KH − 1) − 1)/s⌋ + 1 rows i, and columns likewise.

    Backward, every product's share goes back to the x that it came from:

        dx[h, w, c] = Σ_ijkl Σ_f w[k, l, c, f] dy[i, j, f]     with i·s − p + k·d = h,
                                                               j·s − p + l·d = w

    As matrices: let row (i, j) of X hold the numbers x[…] of one window, and W have a column for
    each filter. Then Y = X W, dX = dY Wᵀ, and dx is the sum of the entries of dX that hold the
    same number of x.

    The filters are not flipped: it is a correlation, as in ONNX, Caffe and PyTorch. Their filters
    are of shape (F, C/groups, KH, KW), those of MatConvNet of this one.

    Examples
    --------
    >>> import numpy as np
    >>> edge = Conv2d(np.array([-1.0, 1.0]).reshape(1, 2, 1, 1))
    >>> x = np.array([1.0, 2.0, 4.0, 4.0]).reshape(1, 1, 4, 1)
    >>> y, cache = edge.forward(x)
    >>> y.ravel().tolist(), edge.backward(y, cache).ravel().tolist()
    ([1.0, 2.0, 0.0], [-1.0, -1.0, 2.0, 0.0])
    """

    weight: Weights
    bias: Weights | None = None
    stride: Pair = (1, 1)
    pads: Pads = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        demand_filters(self)
        demand_bias(self, self.weight.shape[3])

    @property
    def window(self) -> Window:
        return Window(self.weight.shape[:2], self.stride, self.pads, self.dilation)

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, _ = check_rank4(self, shape, channels=self.weight.shape[2] * self.groups)
        return (n, *self.window.output_size("Conv2d", h, w), self.weight.shape[3])

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = tuple(x.shape)
        _, rows, cols, _ = self.output_shape(shape)
        y = correlate(x, self.weight, self.window, self.groups, (rows, cols))
        if self.bias is not None:
            y += constant(self.bias, y)
        return y, shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        return correlate_adjoint(dy, self.weight, self.window, self.groups, cache)
