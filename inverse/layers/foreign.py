"""An object of the user's own in the place of a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape
from inverse.layers.base import Cache, Layer

__all__ = ["Foreign"]


@dataclass(frozen=True, eq=False)
class Foreign(Layer):
    """Any object with ``forward(x) -> (y, cache)`` and ``backward(dy, cache) -> dx``.

    Parameters
    ----------
    map : object
        Whatever computes Φ: NumPy, a simulator, another framework.
    send : function, optional
        Gives a NumPy array as one that ``map`` takes, for the forward that finds its shape.

    Notes
    -----
    Forward and backward are the object's own. The shape of its output is found by one forward of
    zeros.

    Examples
    --------
    >>> class Half:
    ...     def forward(self, x):
    ...         return x[:, ::2], x.shape
    ...     def backward(self, dy, shape):
    ...         dx = np.zeros(shape, dy.dtype)
    ...         dx[:, ::2] = dy
    ...         return dx
    >>> Foreign(Half()).output_shape((1, 8, 6, 1))
    (1, 4, 6, 1)
    """

    map: Any
    send: Callable[[Array], Array] = np.asarray

    def output_shape(self, shape: Shape) -> Shape:
        return tuple(self.map.forward(self.send(np.zeros(shape, np.float32)))[0].shape)

    def forward(self, x: Array) -> tuple[Array, Cache]:
        y, cache = self.map.forward(x)
        return y, cache

    def backward(self, dy: Array, cache: Cache) -> Array:
        return self.map.backward(dy, cache)
