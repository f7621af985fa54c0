"""The orientation assignment of HOGb on planes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.assignment import Shared, vectors
from inverse.kernels.nearest_direction import NearestDirection
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import BilinearOrientation
from inverse.layers.bins import both_ways

__all__ = ["BilinearAssignment"]


class BilinearAssignment(Shared):
    """Equals `BilinearOrientation`: the magnitude shared between the two nearest directions.

    Notes
    -----
    Fast, because the angle decides at once what the plain layer finds by K scores, so that only
    the score of the chosen direction is computed; exact, because pixels near a tie, or along a
    direction, go through the plain layer itself (see `NearestDirection`). The weight is computed
    by the plain layer's own operations: the arccosine of a quotient near 1 is ill-conditioned, and
    the angle's offset, although better conditioned, would differ from it by 1e-3 in float32.

    The moment is (K/π) τ (−ĝ₂, ĝ₁), with τ the sign of the angle's offset.
    """

    def __init__(
        self, layer: BilinearOrientation, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        super().__init__(layer, shape, dtype, scratch)
        self._layer = layer
        self._turns = dtype.type(layer.orientations / math.pi)
        self._nearest = NearestDirection(layer.orientations, shape, dtype, scratch)
        *table, self._lengths = both_ways(layer.orientations).astype(dtype)
        self._table = table
        self._index = scratch("index", shape, np.intp)
        self._looked_up = scratch("looked up", shape, dtype)
        self._turn = scratch("turn", shape, dtype)

    def forward(self, gx: Plane, gy: Plane) -> None:
        nearest = self._nearest
        self.polar.set(gx, gy)
        nearest.find(gx, gy, self.bins[0])
        nearest.find_second(self.bins[1])
        self._set_weight(gx, gy)
        np.copysign(self._turns, nearest.offset, out=self._turn)
        doubt = nearest.in_doubt(self.polar.magnitude, second=True)
        if len(doubt):
            self._ask_plain(gx, gy, doubt)
        np.multiply(self._turn, self.polar.x, out=self.moment_y)
        np.negative(self._turn, out=self._turn)
        np.multiply(self._turn, self.polar.y, out=self.moment_x)
        self.share()

    def _set_weight(self, gx: Plane, gy: Plane) -> None:
        cosine, product, looked_up = self.weight, self.scratch, self._looked_up
        np.copyto(self._index, self.bins[0])
        for g, table, out in zip((gx, gy), self._table, (cosine, product), strict=True):
            np.take(table, self._index, out=looked_up, mode="clip")
            np.multiply(g, looked_up, out=out)
        np.add(cosine, product, out=cosine)
        if np.any(self._lengths != 1):
            np.take(self._lengths, self._index, out=looked_up, mode="clip")
            np.multiply(self.polar.safe, looked_up, out=self.polar.safe)
        np.divide(cosine, self.polar.safe, out=cosine)
        np.minimum(cosine, 1, out=cosine)
        np.arccos(cosine, out=cosine)
        np.multiply(cosine, self._turns, out=self.weight)

    def _ask_plain(self, gx: Plane, gy: Plane, doubt: Plane) -> None:
        """Take the bins, the weight and the turn of pixels in doubt from the plain layer."""
        _, plain = self._layer.forward(vectors(gx, gy, doubt))
        for bins, chosen in zip(self.bins, (plain.first, plain.second), strict=True):
            bins.ravel()[doubt] = chosen.argmax(axis=3).ravel()
        self.weight.ravel()[doubt] = plain.weight.ravel()
        self._turn.ravel()[doubt] = plain.turn.ravel() * self._turns
