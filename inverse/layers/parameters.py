"""Parameters that are arrays, axes and numbers: their checks, and how they meet an input."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape, constant
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Layer, demand
from inverse.layers.join import Join

__all__ = [
    "Weights",
    "along",
    "check_broadcast",
    "demand_array",
    "demand_axis",
    "demand_channels",
    "number",
    "resolve_axis",
]

Weights = np.ndarray[Any, Any]
"""A constant of a layer: a NumPy array of floats, brought to x by `inverse.arrays.constant`."""


def demand_array(owner: object, field: str) -> None:
    """Demand that a field is a NumPy array of finite floats; messages show what it is, not all."""
    value = getattr(owner, field)
    name = f"{type(owner).__name__}.{field}"
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        got = f"{value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        raise ParameterError(f"{name} must be a NumPy array of floats, got {got}")
    wrong = int(np.count_nonzero(~np.isfinite(value)))
    if wrong:
        raise ParameterError(f"{name} must be finite, got {wrong} values that are not")


def demand_channels(owner: object, *fields: str) -> None:
    """`demand_array` of each field, and that all are of one shape (C,): one value a channel."""
    for field in fields:
        demand_array(owner, field)
        shape, first = getattr(owner, field).shape, getattr(owner, fields[0]).shape
        if len(shape) != 1 or shape != first:
            rule = "(C,)" if field == fields[0] else f"{first} like {fields[0]}"
            name = f"{type(owner).__name__}.{field}"
            raise ParameterError(f"{name} must have shape {rule}, got shape {shape}")


def demand_axis(owner: object, field: str) -> None:
    """Demand that a field is an axis of an array: a whole number, and not 0, the batch."""
    value = getattr(owner, field)
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    demand(whole and value != 0, owner, field, "be a whole number other than 0, the batch")


def resolve_axis(layer: Layer | Join, axis: int, shape: Shape, size: int | None = None) -> int:
    """``axis`` counted from the front, after checking that it is one and of ``size`` entries."""
    owner, found = type(layer).__name__, axis + len(shape) if axis < 0 else axis
    if not 0 < found < len(shape):
        raise ShapeError(
            f"{owner} takes arrays with an axis {axis} after axis 0, got shape {shape}"
        )
    if size is not None and shape[found] != size:
        raise ShapeError(f"{owner} takes {size} channels along axis {axis}, got shape {shape}")
    return found


def check_broadcast(layer: Layer, field: str, shape: Shape) -> None:
    """Check that a field broadcasts against every image of a batch of ``shape``, and alike."""
    values, image = getattr(layer, field).shape, (1, *shape[1:])
    padded = (1,) * (len(image) - len(values)) + values
    if len(padded) > len(image) or any(v not in (1, s) for v, s in zip(padded, image, strict=True)):
        raise ShapeError(
            f"{type(layer).__name__} with {field} of shape {values} takes batches of images that "
            f"it broadcasts against, got shape {shape}"
        )


def along(values: Weights, axis: int, like: Array) -> Array:
    """The C values of a parameter as a constant that lies along ``axis`` of ``like``."""
    return constant(values.reshape((-1,) + (1,) * (like.ndim - 1 - axis)), like)


def number(value: float, like: Array) -> Array:
    """A number as an array without axes, which mixes with ``like`` and keeps its dtype."""
    return constant(np.asarray(value, dtype=np.float64), like)
