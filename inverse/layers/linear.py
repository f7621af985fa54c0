"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, constant
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Layer
from inverse.layers.filters import demand_bias
from inverse.layers.parameters import Weights, demand_array
from inverse.layers.products import product
from inverse.layers.windows import POINTWISE, Window

__all__ = ["Linear"]


@dataclass(frozen=True, eq=False, repr=False)
class Linear(Layer):
    """y = x W + b along the last axis of x.

    Parameters
    ----------
    weight : array of shape (features of x, features of y)
        W.
    bias : array of shape (features of y,) or None
        b.

    Notes
    -----
    Forward y_f = b_f + Σ_e x_e W_ef; backward dx_e = Σ_f W_ef dy_f, which is dx = dy Wᵀ.

    x has rank 2, a vector for each image, or more: then there is a vector at every place. W fixes
    how many features x has, and so, after a layer that lists all numbers of an image, the size of
    the images that a network takes.

    ONNX's Gemm and PyTorch keep Wᵀ.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Linear(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), np.array([0.5, 0.0, 0.0]))
    >>> y, cache = layer.forward(np.array([[3.0, 4.0]]))
    >>> y.tolist(), layer.backward(y, cache).tolist()
    ([[3.5, 4.0, 10.0]], [[23.5, 14.0]])
    """

    weight: Weights
    bias: Weights | None = None

    def __post_init__(self) -> None:
        demand_array(self, "weight")
        if self.weight.ndim != 2 or 0 in self.weight.shape:
            raise ParameterError(
                f"Linear.weight must have two axes, none empty, got shape {self.weight.shape}"
            )
        demand_bias(self, self.weight.shape[1])

    @property
    def window(self) -> Window:
        return POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        takes, gives = self.weight.shape
        if len(shape) < 2:
            raise ShapeError(f"Linear takes arrays of shape (N, …, {takes}), got shape {shape}")
        if shape[-1] != takes:
            raise ShapeError(
                f"Linear takes {takes} features along the last axis, got {shape[-1]} in shape "
                f"{shape}"
            )
        return (*shape[:-1], gives)

    def forward(self, x: Array) -> tuple[Array, None]:
        self.output_shape(tuple(x.shape))
        y = product(x, constant(self.weight, x))
        if self.bias is not None:
            y += constant(self.bias, y)
        return y, None

    def backward(self, dy: Array, cache: None) -> Array:  # noqa: ARG002
        return product(dy, constant(self.weight, dy).T)
