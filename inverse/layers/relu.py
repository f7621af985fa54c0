"""The rectifier: the nonlinearity of most convolutional networks."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer
from inverse.layers.parameters import number
from inverse.layers.windows import POINTWISE

__all__ = ["ReLU"]


@dataclass(frozen=True, eq=False)
class ReLU(Layer):
    """y = max(x, 0), elementwise, for x of any shape.

    Notes
    -----
    Forward y = max(x, 0); backward dx = dy where x > 0, else 0. Kink at x = 0, where the
    derivative is 0, as in Caffe and PyTorch: a unit at rest does not pull on the image.

    Source: Nair & Hinton, ICML 2010.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU()(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]
    """

    window = POINTWISE

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        return xp.maximum(x, number(0, x)), xp.astype(x > 0, x.dtype)

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
