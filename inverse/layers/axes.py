"""Axes other than the batch: how a parameter names several, and what is done along them."""

from __future__ import annotations

from numbers import Integral
from types import EllipsisType

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand

__all__ = ["demand_axes", "reduced_shape", "resolve_axes", "span", "spread"]


def demand_axes(owner: object, field: str) -> None:
    """Demand that a field is a tuple of different axes, none of them 0, the batch."""
    axes = getattr(owner, field)
    whole = isinstance(axes, tuple) and all(
        isinstance(axis, Integral) and not isinstance(axis, bool) and axis != 0 for axis in axes
    )
    fits = whole and 0 < len(axes) == len(set(axes))
    demand(fits, owner, field, "be a tuple of different whole numbers other than 0, the batch")


def resolve_axes(layer: Layer, axes: tuple[int, ...], rank: int, shape: Shape) -> tuple[int, ...]:
    """``axes`` of an array of ``rank`` counted from the front, in order; ``shape`` is the input's.

    The rank is that of the output for a layer that makes axes, else that of the input.
    """
    found = sorted(axis + rank if axis < 0 else axis for axis in axes)
    if found[0] < 1 or found[-1] >= rank or len(set(found)) < len(found):
        raise ShapeError(
            f"{type(layer).__name__} takes arrays with different axes {axes} after axis 0, got "
            f"shape {shape}"
        )
    return tuple(found)


def span(axis: int, start: int, stop: int) -> tuple[slice | EllipsisType, ...]:
    """The index of the entries ``start`` … ``stop`` − 1 along an axis."""
    return (*(slice(None),) * axis, slice(start, stop), ...)


def reduced_shape(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    """The shape of a sum over ``axes``, which count from the front."""
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def spread(dy: Array, axes: tuple[int, ...], shape: Shape) -> Array:
    """The adjoint of a sum over ``axes`` of an x of ``shape``: dy at every entry of them."""
    xp = namespace(dy)
    return xp.broadcast_to(xp.reshape(dy, reduced_shape(shape, axes, keepdims=True)), shape)
