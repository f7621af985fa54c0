"""The contract of a layer: a fixed map y = f(x) and its vector–Jacobian product."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from typing import Any

from inverse.arrays import Array, Shape
from inverse.errors import ParameterError, ShapeError
from inverse.layers.windows import Interval, Window

__all__ = ["Cache", "Layer", "check_rank4", "demand", "demand_whole", "describe", "is_number"]

Cache = Any
"""What a layer's forward remembers for its backward; its content is the layer's own business."""


class Layer(ABC):
    """A differentiable map y = f(x) on batches, with a handwritten backward pass.

    Notes
    -----
    A layer has no state: what `backward` needs of a particular x travels in the cache, so one
    layer object can serve several runs and threads. Inputs are never written to.

    For an energy E(y), the chain rule with J(x) = ∂f/∂x reads

        ∂E/∂x = J(x)ᵀ ∂E/∂y,

    and `backward` computes the right-hand side without ever forming J.
    """

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Shape of f(x) for an input of shape ``shape``; raises ShapeError if x does not fit."""

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Cache]:
        """y = f(x), and the cache for `backward`."""

    @abstractmethod
    def backward(self, dy: Array, cache: Cache) -> Array:
        """dx = J(x)ᵀ dy, for dy = ∂E/∂y of the shape of y."""

    @property
    def window(self) -> Window | None:
        """Which places of an image (N, H, W, C) one place of y depends on; None for all."""
        return None

    def sees(self, axis: int, first: int, last: int) -> Interval | None:
        """The rows (axis 0) or columns (1) of x on which ``first`` … ``last`` of y depend."""
        return None if self.window is None else self.window.sees(axis, first, last)

    def __call__(self, x: Array) -> Array:
        """y = f(x) alone."""
        return self.forward(x)[0]

    def __repr__(self) -> str:
        return describe(self) if is_dataclass(self) else super().__repr__()


def describe(layer: Any) -> str:
    """``Class(field=value, …)`` of a dataclass, in which an array is shown by its shape alone."""
    values = ((own.name, getattr(layer, own.name)) for own in fields(layer))
    shown = (
        f"{name}=array{tuple(value.shape)}" if hasattr(value, "shape") else f"{name}={value!r}"
        for name, value in values
    )
    return f"{type(layer).__name__}({', '.join(shown)})"


def demand(holds: bool, owner: object, field: str, rule: str) -> None:
    """Raise ``<Class>.<field> must <rule>, got <value>`` unless the rule ``holds``."""
    if not holds:
        value = getattr(owner, field)
        raise ParameterError(f"{type(owner).__name__}.{field} must {rule}, got {value!r}")


def demand_whole(owner: object, field: str, least: int) -> None:
    """`demand` that a field is a whole number, at least ``least``; a bool is none."""
    value = getattr(owner, field)
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    demand(whole and value >= least, owner, field, f"be a whole number of at least {least}")


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite real number."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def check_rank4(layer: Layer, shape: Shape, channels: int | None = None) -> Shape:
    """``shape`` as (N, H, W, C), after checking its rank and number of channels."""
    owner = type(layer).__name__
    if len(shape) != 4:
        raise ShapeError(f"{owner} takes arrays of shape (N, H, W, C), got shape {shape}")
    if channels is not None and shape[3] != channels:
        raise ShapeError(f"{owner} takes {channels} channels, got shape {shape}")
    return shape
