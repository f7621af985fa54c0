"""New axes of size 1."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.layers.axes import demand_axes, resolve_axes
from inverse.layers.base import Layer

__all__ = ["Unsqueeze"]


@dataclass(frozen=True, eq=False)
class Unsqueeze(Layer):
    """x with new axes of size 1.

    Parameters
    ----------
    axes : tuple of int
        Where the new axes are in y, not before the batch. Negative ones count from the end of y.

    Notes
    -----
    Forward adds the axes, backward drops them; the values stay as they are. The opposite is
    `Squeeze`. The axes are places in y, as in ONNX: for several this is not the same as adding one
    after another at places in what there was.

    Examples
    --------
    >>> Unsqueeze((1, -1)).output_shape((5, 7, 8))
    (5, 1, 7, 8, 1)
    """

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        demand_axes(self, "axes")

    def output_shape(self, shape: Shape) -> Shape:
        rank = len(shape) + len(self.axes)
        axes = resolve_axes(self, self.axes, rank, shape)
        sizes = iter(shape)
        return tuple(1 if axis in axes else next(sizes) for axis in range(rank))

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return namespace(x).reshape(x, shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return namespace(dy).reshape(dy, cache)
