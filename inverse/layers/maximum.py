"""The elementwise maximum of two branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.layers.broadcasting import broadcast_shape, choose_backward
from inverse.layers.join import Join
from inverse.layers.windows import POINTWISE

__all__ = ["Maximum"]


class _Cache(NamedTuple):
    first: Array
    shapes: tuple[Shape, Shape]


@dataclass(frozen=True, eq=False)
class Maximum(Join):
    """y = max(a, b), elementwise.

    Notes
    -----
    Forward y = max(a, b). Backward, with p = 1 where a ≥ b, else 0:

        da = p dy,   db = (1 − p) dy

    each summed over the axes along which the input was broadcast, for which the rules of `Add`
    hold. Kink at a = b, where the first input gets the gradient; PyTorch halves it.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0]])
    >>> y, cache = Maximum().forward(a, b)
    >>> y.tolist(), [dx.tolist() for dx in Maximum().backward(np.ones((1, 3)), cache)]
    ([[2.0, 2.0, 3.0]], [[[0.0, 1.0, 1.0]], [[1.0]]])
    """

    window = POINTWISE

    def output_shape(self, *shapes: Shape) -> Shape:
        return broadcast_shape(self, shapes)

    def forward(self, *xs: Array) -> tuple[Array, _Cache]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        a, b = xs
        xp = namespace(a)
        first = xp.astype(a >= b, a.dtype)
        return xp.maximum(a, b), _Cache(first, (tuple(a.shape), tuple(b.shape)))

    def backward(self, dy: Array, cache: _Cache) -> tuple[Array, Array]:
        return choose_backward(dy, cache.first, cache.shapes)
