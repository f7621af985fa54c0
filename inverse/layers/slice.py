"""A part of an array."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, demand
from inverse.layers.windows import POINTWISE, Interval, Window

__all__ = ["Slice"]

Part = tuple[int | None, int | None, int]


@dataclass(frozen=True, eq=False)
class Slice(Layer):
    """y = x[:, start:stop:step, …], a part of every image.

    Parameters
    ----------
    slices : tuple of (start, stop, step) or None
        For every axis after the batch: Python's slice, of which the start and the stop may be None,
        negative or beyond the end, and the step may be negative; None for the whole axis.

    Notes
    -----
    Forward, along an axis, y[i] = x[start + i·step]; backward dx[start + i·step] = dy[i], and 0
    for the entries that y lacks. As in Python, a stop of −1 is the last entry, so that a reversed
    axis is (None, None, −1); ONNX has a very negative stop in its place.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    >>> Slice(((1, None, 2),))(x).tolist(), Slice(((None, None, -1),))(x).tolist()
    ([[2.0, 4.0]], [[5.0, 4.0, 3.0, 2.0, 1.0]])
    """

    slices: tuple[Part | None, ...]

    def __post_init__(self) -> None:
        fits = isinstance(self.slices, tuple) and all(map(_is_part, self.slices))
        demand(fits, self, "slices", "be a tuple of (start, stop, step) or None, with steps not 0")

    @property
    def window(self) -> Window | None:
        return POINTWISE if len(self.slices) == 3 and self.slices[:2] == (None, None) else None

    def sees(self, axis: int, first: int, last: int) -> Interval | None:
        """Known where it does not depend on the size of x: from a start at the front, upward."""
        if len(self.slices) != 3:
            return None
        start, _, step = self.slices[axis] or (0, None, 1)
        start = start or 0
        return (start + first * step, start + last * step) if start >= 0 and step > 0 else None

    def output_shape(self, shape: Shape) -> Shape:
        places = self._places(shape) if len(shape) == len(self.slices) + 1 else []
        if not (places and all(map(len, places))):
            raise ShapeError(
                f"Slice with {self.slices} takes arrays of rank {len(self.slices) + 1} of which "
                f"something is left, got shape {shape}"
            )
        return (shape[0], *map(len, places))

    def _places(self, shape: Shape) -> list[range]:
        """The entries of every axis that are kept."""
        parts = zip(shape[1:], self.slices, strict=True)
        return [range(size)[slice(*(part or (None,)))] for size, part in parts]

    def _index(self, shape: Shape) -> tuple[slice, ...]:
        # a reversed range that ends at entry 0 stops at -1, which a slice would take for the last
        kept = (
            slice(places.start, places.stop if places.stop >= 0 else None, places.step)
            for places in self._places(shape)
        )
        return (slice(None), *kept)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = tuple(x.shape)
        self.output_shape(shape)
        return x[self._index(shape)], shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        dx = namespace(dy).zeros(cache, dtype=dy.dtype, device=dy.device)
        dx[self._index(cache)] = dy
        return dx


def _is_part(part: object) -> bool:
    if part is None:
        return True
    return (
        isinstance(part, tuple)
        and len(part) == 3
        and all(end is None or isinstance(end, Integral) for end in part[:2])
        and isinstance(part[2], Integral)
        and part[2] != 0
    )
