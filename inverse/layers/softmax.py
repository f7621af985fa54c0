"""Scores into probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.parameters import demand_axis, resolve_axis
from inverse.layers.windows import POINTWISE, Window

__all__ = ["Softmax"]


@dataclass(frozen=True, eq=False)
class Softmax(Layer):
    """y_k = e^{x_k} / Σ_j e^{x_j} along one axis.

    Parameters
    ----------
    axis : int
        The axis along which y sums to 1, any but the batch; by default the last, the channels.

    Notes
    -----
    Forward, with the maximum m of x along the axis, which cancels but prevents overflow:

        y_k = exp(x_k − m) / Σ_j exp(x_j − m)

    Backward, from ∂y_k/∂x_i = y_k (δ_ki − y_i):

        dx_i = y_i (dy_i − Σ_k y_k dy_k)

    Smooth. Adding a constant to all x along the axis changes nothing, so dx sums to 0. Before its
    operator set 13 ONNX flattened all axes from ``axis`` on into one.

    Examples
    --------
    >>> import numpy as np
    >>> Softmax()(np.array([[0.0, np.log(3.0)], [1e6, 1e6]])).round(3).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
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
        y = xp.exp(x - xp.max(x, axis=self.axis, keepdims=True))
        y /= xp.sum(y, axis=self.axis, keepdims=True)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        dx = dy * cache
        dx -= cache * namespace(dy).sum(dx, axis=self.axis, keepdims=True)
        return dx
