"""Sliding windows: the geometry that convolutions and pools share."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import NamedTuple

from inverse.arrays import Array, namespace
from inverse.errors import ParameterError, ShapeError

__all__ = [
    "POINTWISE",
    "Interval",
    "Pads",
    "Pair",
    "Window",
    "demand_geometry",
    "inside",
    "surround",
]

Interval = tuple[int, int]
"""The first and the last of neighboring rows or columns, both included."""

Pair = tuple[int, int]
Pads = tuple[int, int, int, int]
"""Rows and columns added at the top, left, bottom and right of an image (ONNX's order)."""


class Window(NamedTuple):
    """How a window of kh×kw places moves over an image.

    Output i along an axis sees the inputs  i·stride − pad + k·dilation,  k = 0, …, kernel − 1;
    the input that belongs to a k is called the window's tap k. Every layer of sliding windows has
    one, as its attribute ``window``; what is known of receptive fields follows from it.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    pads: Pads = (0, 0, 0, 0)
    dilation: Pair = (1, 1)

    @property
    def extent(self) -> Pair:
        """Rows and columns from a window's first place to its last, both included."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    def sees(self, axis: int, first: int, last: int) -> Interval:
        """The input rows (axis 0) or columns (1) of the windows ``first`` … ``last``."""
        start = first * self.stride[axis] - self.pads[axis]
        end = last * self.stride[axis] - self.pads[axis] + self.extent[axis] - 1
        return start, end

    def covered(self, axis: int, count: int) -> int:
        """Rows or columns, padding included, from the first of ``count`` windows to the last."""
        return (count - 1) * self.stride[axis] + self.extent[axis]

    def tap(self, axis: int, k: int, count: int) -> slice:
        """Where the tap k of ``count`` windows lies, in what they cover."""
        start, stride = k * self.dilation[axis], self.stride[axis]
        return slice(start, start + (count - 1) * stride + 1, stride)

    def strips(self, counts: Pair, numbers: int, limit: int) -> Iterator[tuple[slice, slice]]:
        """Strips of rows of windows, each with the rows of x and its padding that it covers.

        With ``numbers`` for each window, a strip has at most about ``limit``.
        """
        step, stride = max(1, limit // (counts[1] * numbers)), self.stride[0]
        for first in range(0, counts[0], step):
            last = min(first + step, counts[0])
            start = first * stride
            yield slice(first, last), slice(start, start + self.covered(0, last - first))

    def output_size(self, owner: str, height: int, width: int, ceil_mode: bool = False) -> Pair:
        """Rows and columns of the output; with ``ceil_mode`` a last, partial window counts.

        As in PyTorch and ONNX, a partial window that would start in the far padding does not.
        """
        top, left, bottom, right = self.pads
        sizes = []
        for size, near, far, extent, stride in (
            (height, top, bottom, self.extent[0], self.stride[0]),
            (width, left, right, self.extent[1], self.stride[1]),
        ):
            room = size + near + far - extent
            if size < 1 or (room < 0 and not (ceil_mode and room + stride > 0)):
                raise ShapeError(
                    f"{owner} with windows of {self.extent[0]}x{self.extent[1]} and pads "
                    f"{self.pads} takes larger images, got {height}x{width}"
                )
            steps = -(-room // stride) if ceil_mode else room // stride
            if ceil_mode and steps * stride >= size + near:
                steps -= 1
            sizes.append(steps + 1)
        return sizes[0], sizes[1]


POINTWISE = Window((1, 1))
"""The window of a layer whose value at a place depends on the inputs at this place alone."""


def surround(x: Array, window: Window, rows: int, cols: int, fill: float = 0.0) -> Array:
    """``rows`` × ``cols`` of x (N, H, W, C) and of its padding, from its top left corner on."""
    top, left = window.pads[:2]
    n, h, w, c = x.shape
    if not top and not left and rows <= h and cols <= w:
        return x[:, :rows, :cols, :]
    xp = namespace(x)
    h, w = max(0, min(h, rows - top)), max(0, min(w, cols - left))
    around = xp.full((n, rows, cols, c), fill, dtype=x.dtype, device=x.device)
    if h and w:
        around[:, top : top + h, left : left + w, :] = x[:, :h, :w, :]
    return around


def inside(around: Array, window: Window, height: int, width: int) -> Array:
    """The adjoint of `surround` for an x of ``height`` × ``width``: what x has of ``around``."""
    top, left = window.pads[:2]
    n, rows, cols, c = around.shape
    h, w = max(0, min(height, rows - top)), max(0, min(width, cols - left))
    if (h, w) == (height, width):
        return around[:, top : top + h, left : left + w, :]
    # the last rows or columns of x are in no window
    xp = namespace(around)
    dx = xp.zeros((n, height, width, c), dtype=around.dtype, device=around.device)
    if h and w:
        dx[:, :h, :w, :] = around[:, top : top + h, left : left + w, :]
    return dx


def demand_geometry(owner: object, **least: int) -> None:
    """Demand that each of these fields is a tuple of whole numbers: two, and four of ``pads``."""
    for field, smallest in least.items():
        value, count = getattr(owner, field), 4 if field == "pads" else 2
        if not (
            isinstance(value, tuple)
            and len(value) == count
            and all(isinstance(v, Integral) and not isinstance(v, bool) for v in value)
            and min(value) >= smallest
        ):
            raise ParameterError(
                f"{type(owner).__name__}.{field} must be a tuple of {count} whole numbers of at "
                f"least {smallest}, got {value!r}"
            )
