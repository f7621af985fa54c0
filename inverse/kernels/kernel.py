"""What a kernel is, and the kernel that is none: the plain layer itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Layer

__all__ = ["BatchKernel", "Kernel", "Plain", "Plane"]


class Kernel(ABC):
    """A run of layers for one image of fixed shape and dtype, in buffers of its own.

    Notes
    -----
    Images are without batch axis, x (H, W, C). A kernel is made once, before the first image, and
    answers for its last forward only: what backward needs stays in its buffers, all else is
    scratch. A batch of N images has N kernels, so that an image is computed by the same operations
    on the same shapes whatever batch it is in, and comes out the same to the last bit.

    A kernel that ``shares`` is called by all lanes that work on its image, and divides the work by
    `Scratch.share`; any other is called in one lane alone.

    A kernel whose y and dy may lie ``apart`` takes such as are some channels of a larger array.

    A kernel that ``repeats`` itself makes the same calls on the same arrays each time, all through
    `Scratch.run`, so that a `Tape` can make them in its place.

    No mathematics is defined by a kernel. Its docstring says which layers it equals, how it is
    made fast, and why that is exact.
    """

    shares: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    @abstractmethod
    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        """For images of shape ``shape`` (H, W, C) that pass through ``layers`` in order."""

    @abstractmethod
    def forward(self, x: Plane, y: Plane) -> None:
        """Write f(x) into ``y``; both must stay as they are until `backward`."""

    @abstractmethod
    def backward(self, dy: Plane, dx: Plane) -> None:
        """Write J(x)ᵀ dy into ``dx``, for the x of the last `forward`."""

    def describe(self) -> str:
        """The way it takes, if there are several, in a few words."""
        return ""


class BatchKernel(Kernel):
    """A run of layers for a whole batch, where images have something large in common to read.

    Notes
    -----
    As a `Kernel`, for arrays with the batch axis, (N, …). It must see to it itself that an image
    comes out the same, to the last bit, whatever batch it is in.
    """

    shares = True
    repeats = True


class Plain(Kernel):
    """One layer that has no kernel: its own forward and backward."""

    def __init__(self, layers: tuple[Layer, ...], *_: Any) -> None:
        (self._layer,) = layers
        self._cache: Any = None

    def forward(self, x: Plane, y: Plane) -> None:
        result, self._cache = self._layer.forward(x[None])
        y[...] = result[0]

    def backward(self, dy: Plane, dx: Plane) -> None:
        dx[...] = self._layer.backward(dy[None], self._cache)[0]
