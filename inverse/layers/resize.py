"""Images in another size, by the nearest pixel or linear interpolation."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, get_args

import numpy as np

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Layer, check_rank4, demand, is_number
from inverse.layers.resampling import (
    ROUNDINGS,
    Coordinates,
    Mode,
    Resampling,
    Rounding,
    places,
    resampling,
)
from inverse.layers.separable import separable, separable_adjoint
from inverse.layers.windows import Interval, Pair

__all__ = ["Resize"]


@dataclass(frozen=True, eq=False)
class Resize(Layer):
    """Images of another height and width, every pixel from those around its place in x.

    Parameters
    ----------
    size : (height, width) or None
        Of y; or else
    scales : (height, width) or None
        Of y in those of x, rounded down. One of the two is given.
    mode : {"nearest", "linear"}
        The nearest pixel; or an average of the two nearest rows and columns, weighted by nearness.
    coordinates : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}
        Where in x a pixel of y lies.
    nearest_mode : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}
        How a place is rounded to the nearest pixel.

    Notes
    -----
    Along an axis of n pixels that become m at the scale s (which is m/n if the size is given), the
    place in x of pixel i is

        half_pixel      u = (i + ½)/s − ½           the pixels as areas; "pytorch_half_pixel" is the
                                                    same, but u = 0 where m = 1
        asymmetric      u = i/s
        align_corners   u = i (n − 1)/(m − 1)       first and last centers meet; u = 0 where m = 1

    Forward: y = A x Bᵀ with a matrix for rows and one for columns. Row i of it has

        nearest   a single 1, at the rounded u, at least 0 and at most n − 1
        linear    max(0, 1 − |u − j|) at every j, with u itself made at least 0 and at most n − 1

    Backward: linear, dx = Aᵀ dy B. Nothing is smoothed before an image is made smaller. Where
    whole blocks of pixels are copies of one, they are made by copying, and dx is their sum.

    Scales, and the places that are rounded, are taken in float32, as ONNX stores them and
    onnxruntime computes: 10 pixels at scale 0.7 are 7, and places halfway between two pixels are
    mostly rounded alike. Where y has the size of x, onnxruntime copies x, whatever the scales.

    Source: the operator Resize of ONNX.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 3.0]]).reshape(1, 1, 2, 1)
    >>> Resize(scales=(1, 2))(x).ravel().tolist()
    [1.0, 1.0, 3.0, 3.0]
    >>> Resize((1, 4), mode="linear")(x).ravel().tolist()
    [1.0, 1.5, 2.5, 3.0]
    """

    size: Pair | None = None
    scales: tuple[float, float] | None = None
    mode: Mode = "nearest"
    coordinates: Coordinates = "half_pixel"
    nearest_mode: Rounding = "round_prefer_floor"

    def __post_init__(self) -> None:
        if (self.size is None) == (self.scales is None):
            raise ParameterError(
                f"Resize takes either a size or scales, got size {self.size} and scales "
                f"{self.scales}"
            )
        whole = self.size is None or _is_pair(self.size, Integral)
        demand(whole, self, "size", "be a pair of positive whole numbers")
        fits = self.scales is None or _is_pair(self.scales, Real)
        demand(fits, self, "scales", "be a pair of positive numbers")
        for field, kind in (
            ("mode", Mode),
            ("coordinates", Coordinates),
            ("nearest_mode", Rounding),
        ):
            allowed = get_args(kind)
            known = getattr(self, field) in allowed
            demand(known, self, field, f"be one of {', '.join(allowed)}")

    def sees(self, axis: int, first: int, last: int) -> Interval | None:
        """Known where it does not depend on the size of x."""
        if self.scales is None or self.coordinates == "align_corners":
            return None
        if self.coordinates == "pytorch_half_pixel" and self.scales[axis] < 1:
            return None
        near, far = places(np.array([first, last]), self.scales[axis], self.coordinates, self.mode)
        rounded = ROUNDINGS[self.nearest_mode]
        low, high = (rounded, rounded) if self.mode == "nearest" else (np.floor, np.ceil)
        return int(low(near)), int(high(far))

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        rows, cols = (self._target(axis, size) for axis, size in enumerate((h, w)))
        if min(rows, cols) < 1:
            raise ShapeError(f"Resize by {self.scales} leaves no pixel of images of shape {shape}")
        return (n, rows, cols, c)

    def _target(self, axis: int, size: int) -> int:
        if self.scales is None:
            assert self.size is not None
            return self.size[axis]
        return int(np.float32(self.scales[axis]) * np.float32(size))

    def _resamplings(self, shape: Shape) -> tuple[Resampling, Resampling]:
        rows, cols = (self._resampling(axis, size) for axis, size in enumerate(shape[1:3]))
        return rows, cols

    def _resampling(self, axis: int, n: int) -> Resampling:
        m = self._target(axis, n)
        scale = m / n if self.scales is None else float(self.scales[axis])
        return resampling(n, m, scale, self.mode, self.coordinates, self.nearest_mode)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        xp, shape = namespace(x), tuple(x.shape)
        output = self.output_shape(shape)
        rows, cols = self._resamplings(shape)
        if not (rows.copies and cols.copies):
            return separable(rows.matrix, x, cols.matrix), shape
        n, h, w, c = shape
        blocks = (n, h, rows.copies, w, cols.copies, c)
        return xp.reshape(xp.broadcast_to(x[:, :, None, :, None, :], blocks), output), shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        rows, cols = self._resamplings(cache)
        if not (rows.copies and cols.copies):
            return separable_adjoint(rows.matrix, dy, cols.matrix)
        return _sum_blocks(dy, rows.copies, cols.copies)


def _is_pair(value: Any, kind: type) -> bool:
    pair = isinstance(value, tuple) and len(value) == 2
    return pair and all(is_number(v) and v > 0 and isinstance(v, kind) for v in value)


def _sum_blocks(dy: Array, height: int, width: int) -> Array:
    """The sum of each block of ``height``×``width`` pixels, one place of the blocks at a time."""
    dx = namespace(dy).asarray(dy[:, ::height, ::width, :], copy=True)
    for i in range(height):
        for j in range(width):
            if i or j:
                dx += dy[:, i::height, j::width, :]
    return dx
