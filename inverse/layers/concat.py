"""Branches side by side along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.axes import span
from inverse.layers.join import Join
from inverse.layers.parameters import demand_axis, resolve_axis
from inverse.layers.windows import POINTWISE, Window

__all__ = ["Concat"]


@dataclass(frozen=True, eq=False)
class Concat(Join):
    """y = (x₁, …, x_k): any number of inputs one after another along an axis.

    Parameters
    ----------
    axis : int
        Any axis but the batch; by default the last, the channels. Negative ones count from the
        end. Along all other axes the inputs have equal sizes.

    Notes
    -----
    Forward copies x_i to the places s_i ≤ j < s_i + n_i along the axis, for n_i entries of x_i and
    s_i of the inputs before it; backward returns dx_i, this part of dy.

    Examples
    --------
    >>> import numpy as np
    >>> Concat()(np.array([[1.0, 2.0]]), np.array([[3.0]])).tolist()
    [[1.0, 2.0, 3.0]]
    """

    axis: int = -1

    def __post_init__(self) -> None:
        demand_axis(self, "axis")

    @property
    def window(self) -> Window | None:
        return POINTWISE if self.axis in (-1, 3) else None

    def output_shape(self, *shapes: Shape) -> Shape:
        if not shapes:
            raise ShapeError("Concat takes one input or more, got none")
        axis = resolve_axis(self, self.axis, shapes[0])
        if len({(*shape[:axis], 0, *shape[axis + 1 :]) for shape in shapes}) > 1:
            raise ShapeError(
                f"Concat takes inputs that differ along axis {self.axis} alone, got shapes "
                f"{', '.join(map(str, shapes))}"
            )
        total = sum(shape[axis] for shape in shapes)
        return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])

    def forward(self, *xs: Array) -> tuple[Array, list[int]]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        sizes = [x.shape[self.axis] for x in xs]
        return namespace(*xs).concat(xs, axis=self.axis), [0, *accumulate(sizes)]

    def backward(self, dy: Array, cache: list[int]) -> tuple[Array, ...]:
        axis = self.axis % dy.ndim
        return tuple(dy[span(axis, start, stop)] for start, stop in pairwise(cache))
