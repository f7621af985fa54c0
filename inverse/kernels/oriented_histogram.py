"""Gradient, orientation and pooling of HOG, HOGb and dense SIFT in one pass over the pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.arctan_assignment import ArctanAssignment
from inverse.kernels.assignment import Assignment
from inverse.kernels.bilinear_assignment import BilinearAssignment
from inverse.kernels.hard_assignment import hard_assignment
from inverse.kernels.image_gradient import PlanarGradient
from inverse.kernels.kernel import Kernel
from inverse.kernels.pooling import Pooling
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    CellPooling,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    Layer,
)

__all__ = ["OrientedHistogram"]

ASSIGNMENTS: dict[type[Layer], Callable[..., Assignment]] = {
    HardOrientation: hard_assignment,
    BilinearOrientation: BilinearAssignment,
    ArctanOrientation: ArctanAssignment,
}


class OrientedHistogram(Kernel):
    """Equals `ImageGradient`, an orientation assignment, and `CellPooling` or `DescriptorPooling`.

    Notes
    -----
    Fast, because the array (H, W, 2K) of oriented gradients is never made: it has one or two
    nonzeros a pixel. Gradient and assignment work on contiguous planes; the pixels are added to
    the cells where they count (`Pooling`); backward looks dy up at the chosen bins. Exact: only
    products with the zeros of an indicator array are left out.
    """

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        gradient, orientation, pooling = layers
        assert isinstance(gradient, ImageGradient)
        assert isinstance(pooling, CellPooling | DescriptorPooling)
        height, width, _ = shape
        bins = orientation.output_shape((1, height, width, 2))[3]
        self._gradient = PlanarGradient(gradient, shape, dtype, scratch)
        assignment = ASSIGNMENTS[type(orientation)]
        self._assignment = assignment(orientation, (height, width), dtype, scratch)
        values = len(self._assignment.values)
        self._pooling = Pooling(pooling, (height, bins, width), dtype, scratch, values)
        planes = (len(self._assignment.values), height, width)
        self._received = tuple(scratch("received", planes, dtype))
        self._dgx, self._dgy = scratch("gradient of gradient", (2, height, width), dtype)

    def forward(self, x: Plane, y: Plane) -> None:
        self._gradient.forward(x)
        self._assignment.forward(self._gradient.gx, self._gradient.gy)
        self._pooling.forward(self._assignment.bins, self._assignment.values, y)

    def backward(self, dy: Plane, dx: Plane) -> None:
        self._pooling.backward(dy, self._received)
        self._assignment.backward(self._received, self._dgx, self._dgy)
        self._gradient.backward(self._dgx, self._dgy, dx)
