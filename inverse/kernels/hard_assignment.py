"""The orientation assignment of HOG on planes."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.assignment import Assignment, Polar, vectors
from inverse.kernels.nearest_direction import NearestDirection
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import HardOrientation

__all__ = ["HardAssignment"]


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
