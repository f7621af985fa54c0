"""What an optimizer is: explicit state, one step at a time."""

from __future__ import annotations

from typing import Any, Protocol

from inverse.arrays import Array

__all__ = ["Optimizer"]


class Optimizer(Protocol):
    """Turns gradients into steps. Its state is a value, never kept on the object or written to.

    Any object with these two methods serves `minimize`. For checkpoints the state must be made of
    arrays, numbers, strings, lists, tuples and dicts; a NamedTuple, a dataclass and an object of
    plain attributes will do where `init` has one of the same class at the same place.
    """

    def init(self, x: Array) -> Any:
        """The state before the first step from x."""
        ...

    def step(self, x: Array, grad: Array, state: Any) -> tuple[Array, Any]:
        """The next x and state; neither x nor grad is written to."""
        ...
