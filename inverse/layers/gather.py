"""Entries picked by their numbers along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inverse.arrays import Array, Shape, constant, namespace
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Layer
from inverse.layers.parameters import Weights, demand_axis, resolve_axis

__all__ = ["Gather", "take", "take_adjoint"]


class _Cache(NamedTuple):
    shape: Shape
    axis: int


@dataclass(frozen=True, eq=False, repr=False)
class Gather(Layer):
    """y[…, i, …] = x[…, indices[i], …] along one axis: permutations and choices of channels.

    Parameters
    ----------
    indices : array of int
        Of any rank; its axes take the place of the axis of x, and a single number removes it.
        Negative ones count from the end. An entry may be picked several times.
    axis : int
        Any axis of x but the batch; by default the last.

    Notes
    -----
    Forward y_i = x_{k(i)}; backward dx_j = Σ dy_i over all i with k(i) = j, which is 0 for the
    entries that are never picked.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Gather(np.array([2, 0, 2]))
    >>> y, cache = layer.forward(np.array([[1.0, 2.0, 3.0]]))
    >>> y.tolist(), layer.backward(np.array([[10.0, 20.0, 30.0]]), cache).tolist()
    ([[3.0, 1.0, 3.0]], [[20.0, 0.0, 40.0]])
    """

    indices: Weights
    axis: int = -1

    def __post_init__(self) -> None:
        indices = self.indices
        if not isinstance(indices, np.ndarray) or indices.dtype.kind not in "iu":
            got = getattr(indices, "dtype", f"a {type(indices).__name__}")
            raise ParameterError(f"Gather.indices must be a NumPy array of integers, got {got}")
        if indices.size == 0:
            raise ParameterError("Gather.indices must hold one or more, got none")
        demand_axis(self, "axis")

    def output_shape(self, shape: Shape) -> Shape:
        axis = resolve_axis(self, self.axis, shape)
        low, high = int(self.indices.min()), int(self.indices.max())
        if low < -shape[axis] or high >= shape[axis]:
            raise ShapeError(
                f"Gather with indices from {low} to {high} takes arrays with as many entries along "
                f"axis {self.axis}, got shape {shape}"
            )
        return (*shape[:axis], *self.indices.shape, *shape[axis + 1 :])

    def _flat(self, size: int) -> Weights:
        return self.indices.ravel() % size

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        shape = tuple(x.shape)
        output, axis = self.output_shape(shape), self.axis % len(shape)
        y = take(x, self._flat(shape[axis]), axis)
        return namespace(x).reshape(y, output), _Cache(shape, axis)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        shape, axis = cache
        picked = namespace(dy).reshape(dy, (*shape[:axis], -1, *shape[axis + 1 :]))
        return take_adjoint(picked, self._flat(shape[axis]), axis, shape[axis])


def take(x: Array, indices: Weights, axis: int) -> Array:
    """The entries of x with the given numbers, 0 … size − 1, along an axis."""
    xp = namespace(x)
    return xp.take(x, constant(indices, x, xp.int64), axis=axis)


def take_adjoint(dy: Array, indices: Weights, axis: int, size: int) -> Array:
    """dx_j = Σ dy_i over all i with indices[i] = j, for j = 0, …, size − 1.

    In rounds, each of which takes one i for every j that still has any: array libraries share no
    way to add at repeated places, and every round is a `take` of its own.
    """
    counts = np.bincount(indices, minlength=size)
    order, starts = np.argsort(indices, kind="stable"), np.cumsum(counts) - counts
    dx = None
    for turn in range(counts.max()):
        left = counts > turn
        part = take(dy, order[np.where(left, starts + turn, 0)], axis)
        if not left.all():
            part *= constant(left.reshape((-1,) + (1,) * (dy.ndim - 1 - axis)), dy)
        dx = part if dx is None else dx + part
    return dx
