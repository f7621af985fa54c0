"""Where branches meet: sums and concatenations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, ClassVar

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Add, Concat, Join

__all__ = ["Concatenation", "JoinKernel", "PlainJoin", "Sum", "join_kernel"]

Planes = tuple[Plane, ...]


class JoinKernel(ABC):
    """A layer of several inputs, for one image of fixed shapes: as `Kernel`."""

    shares: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, join: Join, shapes: tuple[Shape, ...], scratch: Scratch) -> None:
        """For inputs of ``shapes``, without batch axis."""

    @abstractmethod
    def forward(self, xs: Planes, y: Plane) -> None:
        """Write f(x₁, …) into ``y``."""

    @abstractmethod
    def backward(self, dy: Plane, dxs: Planes) -> None:
        """Write the gradient of each input into ``dxs``."""


class PlainJoin(JoinKernel):
    """One that has no kernel: its own forward and backward."""

    def __init__(self, join: Join, *_: Any) -> None:
        self._join = join
        self._cache: Any = None

    def forward(self, xs: Planes, y: Plane) -> None:
        result, self._cache = self._join.forward(*(x[None] for x in xs))
        y[...] = result[0]

    def backward(self, dy: Plane, dxs: Planes) -> None:
        for dx, share in zip(dxs, self._join.backward(dy[None], self._cache), strict=True):
            dx[...] = share[0]


class Sum(JoinKernel):
    """Equals `Add` of two inputs of one shape, in strips divided among lanes."""

    shares = True
    repeats = True
    apart = True

    def __init__(self, join: Join, shapes: tuple[Shape, ...], scratch: Scratch) -> None:
        assert isinstance(join, Add)
        self._scratch, self._strips = scratch, strips(shapes[0])

    def forward(self, xs: Planes, y: Plane) -> None:
        (a, b), run = xs, self._scratch.run
        self._scratch.share([partial(run, np.add, a[s], b[s], y[s]) for s in self._strips])

    def backward(self, dy: Plane, dxs: Planes) -> None:
        run = self._scratch.run
        copies = [partial(run, np.copyto, dx[s], dy[s]) for s in self._strips for dx in dxs]
        self._scratch.share(copies)


class Concatenation(JoinKernel):
    """Equals `Concat` along channels, in strips divided among lanes.

    Notes
    -----
    Inputs that are parts of y already, as their gradients are of dy, stay as they are (`parts`).
    """

    shares = True
    repeats = True
    apart = True

    def __init__(self, join: Join, shapes: tuple[Shape, ...], scratch: Scratch) -> None:
        assert isinstance(join, Concat)
        self._scratch = scratch
        ends = [0, *accumulate(shape[-1] for shape in shapes)]
        self._parts = [slice(a, b) for a, b in pairwise(ends)]
        self._strips = strips((*shapes[0][:-1], ends[-1]))

    def forward(self, xs: Planes, y: Plane) -> None:
        self._copy([(y[..., part], x) for part, x in zip(self._parts, xs, strict=True)])

    def backward(self, dy: Plane, dxs: Planes) -> None:
        self._copy([(dx, dy[..., part]) for part, dx in zip(self._parts, dxs, strict=True)])

    def _copy(self, pairs: list[tuple[Plane, Plane]]) -> None:
        apart = [pair for pair in pairs if not np.may_share_memory(*pair)]
        if apart:
            self._scratch.share([partial(self._copy_rows, s, apart) for s in self._strips])

    def _copy_rows(self, rows: slice, pairs: list[tuple[Plane, Plane]]) -> None:
        for to, source in pairs:
            self._scratch.run(np.copyto, to[rows], source[rows])


def join_kernel(join: Join, shapes: tuple[Shape, ...]) -> type[JoinKernel]:
    """The kernel for a join of inputs of ``shapes``."""
    if type(join) is Add and len(shapes) == 2 and shapes[0] == shapes[1]:
        return Sum
    if type(join) is Concat and join.axis in (-1, len(shapes[0])):
        return Concatenation
    return PlainJoin
