"""A layer of several inputs: where the branches of a graph meet."""

from __future__ import annotations

from abc import ABC, abstractmethod

from inverse.arrays import Array, Shape
from inverse.layers.base import Cache
from inverse.layers.windows import Interval, Window

__all__ = ["Join"]


class Join(ABC):
    """A differentiable map y = f(x₁, …, x_k) of several batches.

    Notes
    -----
    The contract of a `Layer`, with one gradient for each input: for an energy E(y),

        dx_i = J_i(x₁, …, x_k)ᵀ dy,      J_i = ∂f/∂x_i.

    Axis 0 of every input is the batch; no input is written to, no state is kept.
    """

    @abstractmethod
    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape of y for inputs of ``shapes``; raises ShapeError if they do not fit."""

    @abstractmethod
    def forward(self, *xs: Array) -> tuple[Array, Cache]:
        """y = f(x₁, …, x_k), and the cache for `backward`."""

    @abstractmethod
    def backward(self, dy: Array, cache: Cache) -> tuple[Array, ...]:
        """(dx₁, …, dx_k), one for each input and of its shape."""

    @property
    def window(self) -> Window | None:
        """Which places of each input one place of y depends on; None for all."""
        return None

    def sees(self, axis: int, first: int, last: int) -> Interval | None:
        """The rows (axis 0) or columns (1) of the inputs on which ``first`` … ``last`` depend."""
        return None if self.window is None else self.window.sees(axis, first, last)

    def __call__(self, *xs: Array) -> Array:
        """y alone."""
        return self.forward(*xs)[0]
