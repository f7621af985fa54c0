"""NumPy's broadcasting among the inputs of a join, and the sum that is its adjoint."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.join import Join

__all__ = ["broadcast_shape", "choose_backward", "sum_to"]


def broadcast_shape(join: Join, shapes: tuple[Shape, ...], most: int | None = 2) -> Shape:
    """The shape to which two or more inputs broadcast; ``most`` is how many there may be.

    Axis 0 is the batch, which is never broadcast, so that all ranks must be equal: a missing
    leading axis would shift another one into its place.
    """
    owner = type(join).__name__
    if len(shapes) < 2 or (most is not None and len(shapes) > most):
        count = "two inputs" if most == 2 else "two or more inputs"
        raise ShapeError(f"{owner} takes {count}, got {len(shapes)}")
    listed = ", ".join(map(str, shapes))
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeError(f"{owner} takes inputs of equal rank, since axis 0 is the batch: {listed}")
    if not shapes[0] or len({shape[0] for shape in shapes}) > 1:
        raise ShapeError(f"{owner} takes batches of equally many images, got shapes {listed}")
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(f"{owner} takes inputs that broadcast, got shapes {listed}") from None


def sum_to(dy: Array, shape: Shape) -> Array:
    """∂E/∂x of ``shape`` from ∂E/∂y, for y the broadcast of x: the sum over the copies.

    An axis of size 1 that was repeated has acted on every place along it, and the chain rule adds
    up what they return. Where nothing was repeated this is dy itself.
    """
    axes = tuple(
        i for i, (own, size) in enumerate(zip(shape, dy.shape, strict=True)) if own != size
    )
    return namespace(dy).sum(dy, axis=axes, keepdims=True) if axes else dy


def choose_backward(dy: Array, chosen: Array, shapes: tuple[Shape, Shape]) -> tuple[Array, Array]:
    """(da, db) where y is a at the places ``chosen`` (1 there, else 0), and b at the others."""
    da = dy * chosen
    return sum_to(da, shapes[0]), sum_to(dy - da, shapes[1])
