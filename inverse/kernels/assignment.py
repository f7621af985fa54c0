"""Orientation assignment on planes: one bin or two for each pixel, not an indicator array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch

__all__ = ["Assignment", "Polar", "Shared", "vectors"]


class Assignment(ABC):
    """The orientation bins of each pixel, and what each receives.

    Attributes
    ----------
    bins : tuple of (H, W) int32 arrays
        The bins that each pixel gives to, one plane or two.
    values : tuple of (H, W) arrays
        How much each of them receives.

    Notes
    -----
    The plain layer writes (H, W, 2K) numbers of which all but one or two are zero. The bins and
    values say the same, and backward needs dy at those bins only.
    """

    bins: tuple[Plane, ...]
    values: tuple[Plane, ...]

    @abstractmethod
    def __init__(self, layer: Any, shape: Shape, dtype: np.dtype[Any], scratch: Scratch) -> None:
        """Equal to ``layer``, for planes of shape ``shape`` (H, W)."""

    @abstractmethod
    def forward(self, gx: Plane, gy: Plane) -> None:
        """Set ``bins`` and ``values`` for the gradient (gx, gy)."""

    @abstractmethod
    def backward(self, received: tuple[Plane, ...], dgx: Plane, dgy: Plane) -> None:
        """Write the gradient for what `values` ``received``: dy at each pixel's bins."""


class Polar:
    """Magnitude and direction of a planar gradient, as `bins.unit` computes them."""

    def __init__(self, shape: Shape, dtype: np.dtype[Any], scratch: Scratch) -> None:
        self.x, self.y = np.empty((2, *shape), dtype)
        self.magnitude, self.safe = scratch("polar", (2, *shape), dtype)
        self._tiny = np.finfo(dtype).tiny

    def set(self, gx: Plane, gy: Plane) -> None:
        """Set the magnitude, the direction (x, y), and ``safe``, the magnitude or a tiny number.

        The square root of a positive number is far above ``tiny``, so that ``safe`` differs from
        the magnitude only where this is 0, and there the direction is 0.
        """
        np.multiply(gx, gx, out=self.x)
        np.multiply(gy, gy, out=self.y)
        np.add(self.x, self.y, out=self.x)
        np.sqrt(self.x, out=self.magnitude)
        np.maximum(self.magnitude, self._tiny, out=self.safe)
        np.divide(gx, self.safe, out=self.x)
        np.divide(gy, self.safe, out=self.y)


class Shared(Assignment):
    """What two assignments have in common: (1 − w) of the magnitude to one bin, w to another.

    Notes
    -----
    Both plain layers have the backward pass

        dg = ((1 − w) p + w q) g/m + (q − p) t,

    with p and q what the two bins received, and t = m ∂w/∂g, which is called moment there.
    """

    def __init__(self, _: Any, shape: Shape, dtype: np.dtype[Any], scratch: Scratch) -> None:
        self.polar = Polar(shape, dtype, scratch)
        self.weight, self.moment_x, self.moment_y = np.empty((3, *shape), dtype)
        self.values = tuple(scratch("values", (2, *shape), dtype))
        self.bins = tuple(scratch("bins", (2, *shape), np.int32))
        self.scratch = scratch("shared", shape, dtype)

    def share(self) -> None:
        """Set ``values`` from the magnitude and the weight."""
        first, second = self.values
        np.subtract(1, self.weight, out=first)
        np.multiply(first, self.polar.magnitude, out=first)
        np.multiply(self.weight, self.polar.magnitude, out=second)

    def backward(self, received: tuple[Plane, ...], dgx: Plane, dgy: Plane) -> None:
        p, q = received
        difference, along = self.scratch, q
        np.subtract(q, p, out=difference)
        np.multiply(difference, self.weight, out=along)
        np.add(along, p, out=along)
        np.multiply(difference, self.moment_x, out=dgx)
        np.multiply(difference, self.moment_y, out=dgy)
        np.multiply(along, self.polar.x, out=p)
        np.add(dgx, p, out=dgx)
        np.multiply(along, self.polar.y, out=p)
        np.add(dgy, p, out=dgy)


def vectors(gx: Plane, gy: Plane, pixels: Plane) -> Plane:
    """The gradients of some pixels, given by their numbers, as a batch (1, 1, pixels, 2)."""
    return np.stack((gx.ravel()[pixels], gy.ravel()[pixels]), axis=1)[None, None]
