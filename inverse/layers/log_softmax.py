"""Scores into logarithms of probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.parameters import demand_axis, resolve_axis
from inverse.layers.windows import POINTWISE, Window

__all__ = ["LogSoftmax"]


@dataclass(frozen=True, eq=False)
class LogSoftmax(Layer):
    """y_k = x_k − log Σ_j e^{x_j} along one axis.

    Parameters
    ----------
    axis : int
        The axis along which e^y sums to 1, any but the batch; by default the last, the channels.

    Notes
    -----
    Forward, with z = x − m and the maximum m of x along the axis, which prevents overflow:

        y_k = z_k − log Σ_j exp(z_j)

    The sum is at least 1, so the logarithm is never of 0, as that of a `Softmax` may be.

    Backward, from ∂y_k/∂x_i = δ_ki − e^{y_i}:

        dx_i = dy_i − e^{y_i} Σ_k dy_k

    Smooth. Before its operator set 13 ONNX flattened all axes from ``axis`` on into one.

    Examples
    --------
    >>> import numpy as np
    >>> LogSoftmax()(np.array([[0.0, 0.0], [0.0, -1e6]])).round(3).tolist()
    [[-0.693, -0.693], [0.0, -1000000.0]]
    """

    axis: int = -1

    def __post_init__(self) -> None:
        demand_axis(self, "axis")

    @property
    def window(self) -> Window | None:
        return POINTWISE if self.axis in (-1, 3) else None

    def output_shape(self, shape: Shape) -> Shape:
        resolve_axis(self, self.axis, shape)
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        y = x - xp.max(x, axis=self.axis, keepdims=True)
        y -= xp.log(xp.sum(xp.exp(y), axis=self.axis, keepdims=True))
        return y, xp.exp(y)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy - cache * namespace(dy).sum(dy, axis=self.axis, keepdims=True)
