"""Transposed convolution: how a convolution's gradient travels, as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, constant
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4
from inverse.layers.correlation import correlate, correlate_adjoint
from inverse.layers.filters import demand_bias, demand_filters
from inverse.layers.parameters import Weights
from inverse.layers.windows import Interval, Pads, Pair, Window, demand_geometry

__all__ = ["ConvTranspose2d"]


@dataclass(frozen=True, eq=False, repr=False)
class ConvTranspose2d(Layer):
    """The adjoint of a convolution: every number of x adds a filter, so much times, to y.

    Parameters
    ----------
    weight : array of shape (KH, KW, F/groups, C)
        The filters of the convolution, from F to C channels, of which this layer is the adjoint.
    bias : array of shape (F,) or None
        Added to the features.
    stride : pair of int
        Rows and columns of y from the place of a filter to the next.
    pads : four int
        Rows and columns taken off y at the top, left, bottom and right.
    output_padding : pair of int
        Rows and columns added to y at the bottom and right.
    dilation : pair of int
        Rows and columns from a tap of a filter to the next.
    groups : int
        The channels and the features are divided into as many equal parts, and each part of the
        features sees its own part of the channels alone.

    Notes
    -----
    Forward, with stride s, padding p and dilation d along each axis:

        y[h, v, f] = b[f] + Σ_ijkl Σ_c w[k, l, f, c] x[i, j, c]     with i·s − p + k·d = h,
                                                                    j·s − p + l·d = v

    y has s (H − 1) + d (KH − 1) + 1 − p_top − p_bottom + output_padding rows, and columns likewise.

    Backward, the convolution:

        dx[i, j, c] = Σ_klf w[k, l, f, c] dy[i·s − p + k·d, j·s − p + l·d, f]

    Where s > 1, several sizes of an image become one by the convolution; ``output_padding`` says
    which of them it is here. ONNX and PyTorch have filters of shape (C, F/groups, KH, KW).

    Examples
    --------
    >>> import numpy as np
    >>> layer = ConvTranspose2d(np.ones((1, 3, 1, 1)), stride=(1, 2))
    >>> layer(np.array([1.0, 2.0]).reshape(1, 1, 2, 1)).ravel().tolist()
    [1.0, 1.0, 3.0, 2.0, 2.0]
    """

    weight: Weights
    bias: Weights | None = None
    stride: Pair = (1, 1)
    pads: Pads = (0, 0, 0, 0)
    output_padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        demand_filters(self)
        demand_bias(self, self.weight.shape[2] * self.groups)
        demand_geometry(self, output_padding=0)

    @property
    def convolution(self) -> Window:
        """The windows, over y, of the convolution of which this layer is the adjoint."""
        return Window(self.weight.shape[:2], self.stride, self.pads, self.dilation)

    def sees(self, axis: int, first: int, last: int) -> Interval:
        window = self.convolution
        stride, pad, extent = self.stride[axis], self.pads[axis], window.extent[axis]
        start, end = -((extent - 1 - first - pad) // stride), (last + pad) // stride
        return min(start, end), max(start, end)

    def output_shape(self, shape: Shape) -> Shape:
        channels, features = self.weight.shape[3], self.weight.shape[2] * self.groups
        n, h, w, _ = check_rank4(self, shape, channels)
        window, (top, left, bottom, right) = self.convolution, self.pads
        rows = window.covered(0, h) - top - bottom + self.output_padding[0]
        cols = window.covered(1, w) - left - right + self.output_padding[1]
        if min(h, w, rows, cols) < 1:
            raise ShapeError(
                f"ConvTranspose2d with pads {self.pads} leaves nothing of {h}x{w}, got an output "
                f"of {rows}x{cols}"
            )
        return (n, rows, cols, features)

    def forward(self, x: Array) -> tuple[Array, Pair]:
        shape = self.output_shape(tuple(x.shape))
        y = correlate_adjoint(x, self.weight, self.convolution, self.groups, shape)
        if self.bias is not None:
            y += constant(self.bias, y)
        return y, (x.shape[1], x.shape[2])

    def backward(self, dy: Array, cache: Pair) -> Array:
        return correlate(dy, self.weight, self.convolution, self.groups, cache)
