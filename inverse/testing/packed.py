"""A join in the form of a layer: its inputs packed into one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape
from inverse.layers import Cache, Join, Layer
from inverse.testing.compare import Differentiable

__all__ = ["Packed", "as_layer", "pack"]


def pack(xs: tuple[Array, ...]) -> np.ndarray[Any, Any]:
    """Batches of several shapes (N, …), image by image one vector: shape (N, D)."""
    return np.concatenate([np.reshape(x, (len(x), -1)) for x in xs], axis=1)


def as_layer(
    checked: Differentiable | Join, x: Array | tuple[Array, ...]
) -> tuple[Differentiable, Array]:
    """A join and its inputs as one layer with one input; a layer and its x as they are."""
    if not isinstance(checked, Join):
        return checked, x
    return Packed(checked, tuple(tuple(np.shape(part)[1:]) for part in x)), pack(tuple(x))


@dataclass(frozen=True, eq=False)
class Packed(Layer):
    """y = f(x₁, …, x_k) as a function of the vectors (x₁ … x_k): for checks of a `Join`.

    Parameters
    ----------
    join : Join
        f.
    shapes : tuple of shapes
        Of x₁, …, x_k, without the batch axis.
    """

    join: Join
    shapes: tuple[Shape, ...]

    def output_shape(self, shape: Shape) -> Shape:
        return self.join.output_shape(*((shape[0], *own) for own in self.shapes))

    def forward(self, x: Array) -> tuple[Array, Cache]:
        ends = np.cumsum([int(np.prod(own)) for own in self.shapes])[:-1]
        parts = np.split(x, ends, axis=1)
        shaped = [p.reshape(len(x), *s) for p, s in zip(parts, self.shapes, strict=True)]
        return self.join.forward(*shaped)

    def backward(self, dy: Array, cache: Cache) -> Array:
        return pack(self.join.backward(dy, cache))
