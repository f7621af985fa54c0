"""What convolution kernels are made of: a correlation of one image, forward or backward."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Conv2d
from inverse.layers.windows import Pair

__all__ = ["Correlator", "Filters", "Part", "backward_filters", "forward_filters"]


class Filters(NamedTuple):
    """y[i, j, f] = b_f + Σ_klc w[k, l, c, f] x[i s + o + k, j s + o + l, c],  x = 0 outside.

    The offset o is minus the padding. ``flipped`` stands for the adjoint: w[k, l, c, f] is then
    the layer's weight at taps from the last to the first, c and f exchanged in every group.
    """

    layer: Conv2d
    offset: Pair
    stride: Pair = (1, 1)
    bias: Any = None
    rectify: bool = False
    flipped: bool = False

    @property
    def taps(self) -> Pair:
        """Rows and columns of a filter."""
        kh, kw = self.layer.weight.shape[:2]
        return kh, kw

    @property
    def groups(self) -> int:
        """Equal parts of channels and features that see only each other."""
        return self.layer.groups

    @property
    def key(self) -> Hashable:
        """What tells these weights from those of other layers of a program."""
        return id(self.layer), self.flipped

    def weights(self) -> list[Plane]:
        """w of each group, (KH, KW, C/groups, F/groups)."""
        parts = np.split(np.asarray(self.layer.weight), self.groups, axis=3)
        if not self.flipped:
            return parts
        return [part[::-1, ::-1].transpose(0, 1, 3, 2) for part in parts]


def forward_filters(layer: Conv2d, rectify: bool) -> Filters:
    """Those of a convolution itself, with a ReLU behind it or not."""
    top, left = layer.pads[:2]
    return Filters(layer, (-top, -left), layer.stride, layer.bias, rectify)


def backward_filters(layer: Conv2d) -> Filters:
    """Those of the adjoint of a convolution of stride 1.

    Of y_i = Σ_k w_k x_{i−p+k} the adjoint is dx_h = Σ_k w_k dy_{h+p−k}, or with the taps from the
    last to the first, k' = K − 1 − k, dx_h = Σ_k' w_{K−1−k'} dy_{h + p − K + 1 + k'}.
    """
    (kh, kw), (top, left) = layer.weight.shape[:2], layer.pads[:2]
    return Filters(layer, (top - kh + 1, left - kw + 1), flipped=True)


class Part(NamedTuple):
    """A share of the work: some rows of y or of its tiles, of one group, by blocks of filters."""

    rows: slice
    group: int
    blocks: range


class Correlator(ABC):
    """The correlation of one image with filters; gates x by ReLU, adds a bias, rectifies y."""

    def __init__(
        self, filters: Filters, shape: Shape, output: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        self._dtype, self._scratch, self._offset = dtype, scratch, filters.offset
        self._channels = shape[2] // filters.groups
        self._own = output[2] // filters.groups
        self._rectify = filters.rectify
        self._bias = None if filters.bias is None else np.asarray(filters.bias, dtype)
        self._parts: list[Part] = []
        self._undivided: list[Part] = []

    def _divide(self, strips: list[slice], groups: int, blocks: int) -> None:
        """Cut the work into strips of rows, groups, and equal blocks of a group's filters."""
        self._undivided = [
            Part(rows, group, range(blocks)) for rows in strips for group in range(groups)
        ]
        self._parts = [
            part._replace(blocks=range(i, i + 1)) for part in self._undivided for i in part.blocks
        ]

    def __call__(self, x: Plane, y: Plane, gate: Plane | None = None) -> None:
        """Write the correlation of x, where ``gate`` is positive, into y."""
        # one lane by itself prepares x once for all blocks
        parts = self._parts if self._scratch.divided else self._undivided
        self._scratch.share([partial(self._strip, part, x, y, gate) for part in parts])

    @abstractmethod
    def _strip(self, part: Part, x: Plane, y: Plane, gate: Plane | None) -> None:
        """Do a share of it."""

    def _of_group(self, group: int, x: Plane, gate: Plane | None) -> tuple[Plane, Plane | None]:
        """The channels of one group, of x and of its gate."""
        own = slice(group * self._channels, (group + 1) * self._channels)
        return x[:, :, own], None if gate is None else gate[:, :, own]

    def _features(self, group: int, block: int, count: int) -> slice:
        """The features of y that a block of ``count`` filters of a group gives."""
        begin = group * self._own + block * count
        return slice(begin, begin + count)

    @abstractmethod
    def describe(self) -> str:
        """The way of computing, in a few words."""
