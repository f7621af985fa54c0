"""The orientation assignment of dense SIFT on planes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.assignment import Shared
from inverse.kernels.bins import Wrap
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import ArctanOrientation
from inverse.layers.arctan_orientation import CUBIC, EPSILON, LINEAR

__all__ = ["ArctanAssignment"]


class ArctanAssignment(Shared):
    """Equals `ArctanOrientation`: the magnitude shared by angle between two of B directions.

    Notes
    -----
    The same operations in the same order, on planes; a choice between two expressions becomes a
    factor ±1 or a mask, which is exact. With the signs σₓ of x and σᵧ of y,

        r = (x − σₓ a)/(|x| + a),     angle = σᵧ (A₊ + (0.1821 r² − 0.9675) r).
    """

    def __init__(
        self, layer: ArctanOrientation, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        super().__init__(layer, shape, dtype, scratch)
        self._bins = layer.bins
        self._turns = layer.bins / (2 * math.pi)
        self._a, self._size, self._r, self._sign = scratch("arctan", (4, *shape), dtype)
        self._mask = scratch("mask", shape, bool)
        self._wrap = Wrap(layer.bins, shape, scratch)

    def forward(self, gx: Plane, gy: Plane) -> None:
        self._set_polar(gx, gy)
        self._set_angle(gx, gy)
        self._set_bins()
        self._set_moment(gx)
        self.share()

    def _set_polar(self, gx: Plane, gy: Plane) -> None:
        polar, square = self.polar, self.scratch
        polar.set(gx, gy)
        np.multiply(polar.magnitude, polar.magnitude, out=square)
        np.greater_equal(square, 1e-8, out=self._mask)
        if not self._mask.all():
            for plane in (polar.magnitude, polar.x, polar.y):
                np.multiply(plane, self._mask, out=plane)

    def _set_angle(self, gx: Plane, gy: Plane) -> None:
        a, size, r, angle, base = self._a, self._size, self._r, self.weight, self.scratch
        np.abs(gy, out=a)
        np.add(a, EPSILON, out=a)
        np.abs(gx, out=size)
        np.add(size, a, out=size)
        _sign(gx, self._sign)
        np.multiply(self._sign, a, out=r)
        np.subtract(gx, r, out=r)
        np.divide(r, size, out=r)
        np.multiply(self._sign, -3 * math.pi / 4, out=base)
        np.maximum(base, math.pi / 4, out=base)
        np.multiply(r, CUBIC, out=angle)
        np.multiply(angle, r, out=angle)
        np.subtract(angle, LINEAR, out=angle)
        np.multiply(angle, r, out=angle)
        np.add(angle, base, out=angle)
        _sign(gy, self._sign)
        np.multiply(angle, self._sign, out=angle)

    def _set_bins(self) -> None:
        first, second = self.bins
        t, floor = self.weight, self.scratch
        np.multiply(t, self._turns, out=t)
        np.less(t, 0, out=self._mask)
        np.copyto(floor, self._mask)
        np.multiply(floor, self._bins, out=floor)
        np.add(t, floor, out=t)
        np.floor(t, out=floor)
        np.subtract(t, floor, out=self.weight)
        np.fmax(floor, 0, out=floor)
        np.copyto(first, floor, casting="unsafe")
        np.subtract(first, self._bins - 1, out=second)
        np.subtract(first, self._bins, out=first)
        for bins in self.bins:
            self._wrap(bins)

    def _set_moment(self, gx: Plane) -> None:
        slope, r = self.scratch, self._r
        np.multiply(r, 3 * CUBIC, out=slope)
        np.multiply(slope, r, out=slope)
        np.subtract(slope, LINEAR, out=slope)
        np.divide(slope, self._size, out=slope)
        np.divide(slope, self._size, out=slope)
        np.multiply(slope, 2 * self._turns, out=slope)
        np.multiply(slope, self.polar.magnitude, out=slope)
        np.multiply(slope, self._a, out=self.moment_x)
        np.multiply(self.moment_x, self._sign, out=self.moment_x)
        np.multiply(slope, gx, out=self.moment_y)
        np.negative(self.moment_y, out=self.moment_y)


def _sign(x: Plane, sign: Plane) -> None:
    """1 where x ≥ 0, −1 where x < 0; adding 0 turns −0 into +0, which counts as x ≥ 0."""
    np.add(x, 0, out=sign)
    np.copysign(1, sign, out=sign)
