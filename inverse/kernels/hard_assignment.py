"""The orientation assignment of HOG on planes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.assignment import Assignment, Polar, vectors
from inverse.kernels.nearest_direction import NearestDirection
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import HardOrientation

__all__ = ["HardAssignment", "StraightThroughAssignment", "hard_assignment"]


def hard_assignment(
    layer: HardOrientation, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
) -> Assignment:
    """The assignment that equals ``layer``, with the surrogate of its backward pass or without."""
    kind = StraightThroughAssignment if layer.straight_through else HardAssignment
    return kind(layer, shape, dtype, scratch)


class HardAssignment(Assignment):
    """Equals `HardOrientation`: the whole magnitude to the nearest direction.

    Notes
    -----
    Fast, because the angle decides at once what the plain layer finds by 2K scores; exact, because
    pixels near a tie go through the plain layer itself (see `NearestDirection`).
    """

    def __init__(
        self, layer: HardOrientation, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        self._layer = layer
        self._polar = Polar(shape, dtype, scratch)
        self._nearest = NearestDirection(layer.orientations, shape, dtype, scratch)
        self.bins = (scratch("first", shape, np.int32),)
        self.values = (self._polar.magnitude,)

    def forward(self, gx: Plane, gy: Plane) -> None:
        self._polar.set(gx, gy)
        self._nearest.find(gx, gy, self.bins[0])
        doubt = self._nearest.in_doubt(self._polar.magnitude, second=False)
        if len(doubt):
            _, plain = self._layer.forward(vectors(gx, gy, doubt))
            self.bins[0].ravel()[doubt] = plain.chosen.argmax(axis=3).ravel()

    def backward(self, received: tuple[Plane, ...], dgx: Plane, dgy: Plane) -> None:
        np.multiply(received[0], self._polar.x, out=dgx)
        np.multiply(received[0], self._polar.y, out=dgy)


class StraightThroughAssignment(Assignment):
    """Equals `HardOrientation` with its surrogate: also what the second nearest bin receives.

    Notes
    -----
    The second bin is given the value 0. It is there for its share of dy: with p and q what the two
    bins received,

        dg = p ĝ + (q − p) t,     t = γ (K/π) τ (−ĝ₂, ĝ₁),

    where τ is the sign of the angle's offset, as in `BilinearAssignment`.
    """

    def __init__(
        self, layer: HardOrientation, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        self._layer = layer
        self._polar = Polar(shape, dtype, scratch)
        self._nearest = NearestDirection(layer.orientations, shape, dtype, scratch)
        self._turns = dtype.type(layer.straight_through * layer.orientations / math.pi)
        self._turn = np.empty(shape, dtype)
        self._product = scratch("product", shape, dtype)
        self.bins = tuple(scratch("bins", (2, *shape), np.int32))
        self.values = (self._polar.magnitude, np.zeros(shape, dtype))

    def forward(self, gx: Plane, gy: Plane) -> None:
        nearest, (first, second) = self._nearest, self.bins
        self._polar.set(gx, gy)
        nearest.find(gx, gy, first)
        nearest.find_second(second)
        np.copysign(self._turns, nearest.offset, out=self._turn)
        doubt = nearest.in_doubt(self._polar.magnitude, second=True)
        if len(doubt):
            _, plain = self._layer.forward(vectors(gx, gy, doubt))
            first.ravel()[doubt] = plain.chosen.argmax(axis=3).ravel()
            second.ravel()[doubt] = plain.bilinear.second.argmax(axis=3).ravel()
            self._turn.ravel()[doubt] = plain.bilinear.turn.ravel() * self._turns

    def backward(self, received: tuple[Plane, ...], dgx: Plane, dgy: Plane) -> None:
        p, q = received
        turned, product = q, self._product
        np.subtract(q, p, out=turned)
        np.multiply(turned, self._turn, out=turned)
        np.multiply(p, self._polar.x, out=dgx)
        np.multiply(turned, self._polar.y, out=product)
        np.subtract(dgx, product, out=dgx)
        np.multiply(p, self._polar.y, out=dgy)
        np.multiply(turned, self._polar.x, out=product)
        np.add(dgy, product, out=dgy)
