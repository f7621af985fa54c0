"""A rectifier whose slope on the negative side was learned."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, constant, namespace
from inverse.layers.base import Layer
from inverse.layers.parameters import Weights, check_broadcast, demand_array
from inverse.layers.windows import POINTWISE, Window

__all__ = ["PReLU"]


@dataclass(frozen=True, eq=False, repr=False)
class PReLU(Layer):
    """y = x where x > 0, else a x, with slopes a of their own for channels or positions.

    Parameters
    ----------
    slope : array
        a, of a shape that broadcasts against the axes of x after the batch: for x of shape
        (N, H, W, C) it is (C,) for one slope a channel, (1,) for one in all, (H, W, C) for one
        an entry.

    Notes
    -----
    With s = p + a (1 − p), p = 1 where x > 0, else 0: forward y = s x; backward dx = s dy. Kink at
    x = 0, where the derivative is a, as in `LeakyReLU`.

    Broadcasting is NumPy's, from the last axis. ONNX broadcasts alike but with channels first,
    so its slopes of shape (C, 1, 1) are (C,) here.

    Source: He, Zhang, Ren & Sun, ICCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> PReLU(np.array([0.5, 0.0]))(np.array([[-2.0, -2.0], [3.0, 3.0]])).tolist()
    [[-1.0, -0.0], [3.0, 3.0]]
    """

    @property
    def window(self) -> Window | None:
        """Of the same numbers everywhere; with slopes for each place there is none to move."""
        uniform = max(self.slope.shape[:-1], default=1) == 1
        return POINTWISE if uniform else None

    slope: Weights

    def __post_init__(self) -> None:
        demand_array(self, "slope")

    def output_shape(self, shape: Shape) -> Shape:
        check_broadcast(self, "slope", shape)
        return shape

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        slope = xp.astype(x > 0, x.dtype)
        slope += constant(self.slope, x) * (1 - slope)
        return x * slope, slope

    def backward(self, dy: Array, cache: Array) -> Array:
        return dy * cache
