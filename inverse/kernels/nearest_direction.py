"""Which of 2K directions is nearest to a gradient: by its angle, except near ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.bins import Wrap
from inverse.kernels.scratch import Plane, Scratch

__all__ = ["NearestDirection"]

SAFETY = 3
"""How many times farther from a tie than their rounding errors two rules are taken to agree."""


class NearestDirection:
    """The nearest direction by angle, and the pixels whose angle is too near a tie to decide.

    Attributes
    ----------
    offset : (H, W) array
        The angle past the nearest direction, in bins: −½ … ½.

    Notes
    -----
    The plain layers compare K scores at each pixel. Here the angle t = atan2(gᵧ, gₓ) K/π, in bins,
    is rounded to the nearest, and the second nearest direction lies on the side of t. The two
    rules could disagree only where two scores are equal to rounding. Scores of neighboring
    directions differ by ‖g‖ π/K per radian from their tie, and their rounding, with that of the
    float32 tables, is below 4e-7 ‖g‖: they are in doubt within 4e-7 (K/π)² bins, and the angle's
    own rounding is below 1e-6 K/π. Pixels within three times the sum from a tie are in doubt, and
    the plain layer decides them. In a photo of 8 bits they are 2 to 15 %, in an image on its way
    there a handful.

    Where g = 0 the magnitude is 0 and the bin does not matter. The angle of a NaN is taken as −K.
    """

    def __init__(
        self, orientations: int, shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        self._least = -orientations
        per_radian = orientations / math.pi
        self._guard = SAFETY * (4e-7 * per_radian**2 + 1e-6 * per_radian)
        self._turns = dtype.type(orientations / math.pi)
        self.offset, self._nearest, self._scratch = scratch("nearest", (3, *shape), dtype)
        self._doubt, self._mask = scratch("doubt", (2, *shape), bool)
        self._wrap = Wrap(2 * orientations, shape, scratch)

    def find(self, gx: Plane, gy: Plane, bins: Plane) -> None:
        """Set the offset, and write the nearest direction into ``bins``."""
        angle = self.offset
        np.arctan2(gy, gx, out=angle)
        np.multiply(angle, self._turns, out=angle)
        np.fmax(angle, self._least, out=angle)
        np.rint(angle, out=self._nearest)
        np.copyto(bins, self._nearest, casting="unsafe")
        np.subtract(angle, self._nearest, out=self.offset)
        self._wrap(bins)

    def find_second(self, bins: Plane) -> None:
        """Write the second nearest direction into ``bins``, after `find`."""
        np.copysign(1, self.offset, out=self._scratch)
        np.add(self._nearest, self._scratch, out=self._scratch)
        np.copyto(bins, self._scratch, casting="unsafe")
        self._wrap(bins)

    def in_doubt(self, magnitude: Plane, second: bool) -> Plane:
        """Pixels, by their number, where the first bin (or the second) is not certain."""
        distance = np.abs(self.offset, out=self._scratch)
        np.greater(distance, 0.5 - self._guard, out=self._doubt)
        if second:
            np.less(distance, self._guard, out=self._mask)
            np.logical_or(self._doubt, self._mask, out=self._doubt)
        np.greater(magnitude, 0, out=self._mask)
        np.logical_and(self._doubt, self._mask, out=self._doubt)
        return np.flatnonzero(self._doubt)
