"""Removal of axes of size 1."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.axes import demand_axes, resolve_axes
from inverse.layers.base import Layer

__all__ = ["Squeeze"]


@dataclass(frozen=True, eq=False)
class Squeeze(Layer):
    """x without some axes of size 1.

    Parameters
    ----------
    axes : tuple of int
        Axes of x, not the batch. Negative ones count from the end.

    Notes
    -----
    Forward drops the axes, backward puts them back; the values stay as they are. The opposite is
    `Unsqueeze`.

    Examples
    --------
    >>> Squeeze((1, -2)).output_shape((5, 1, 1, 8))
    (5, 8)
    """

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        demand_axes(self, "axes")

    def output_shape(self, shape: Shape) -> Shape:
        axes = resolve_axes(self, self.axes, len(shape), shape)
        if any(shape[axis] != 1 for axis in axes):
            raise ShapeError(
                f"Squeeze takes arrays with axes {self.axes} of size 1, got shape {shape}"
            )
        return tuple(size for axis, size in enumerate(shape) if axis not in axes)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return namespace(x).reshape(x, shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return namespace(dy).reshape(dy, cache)
