"""Convolutions of stride s on few channels, made convolutions of stride 1 on many."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.convolution import Convolution
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import clear
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Conv2d, Layer

__all__ = ["FoldedConvolution", "fold"]


class FoldedConvolution(Kernel):
    """Equals `Conv2d` of a stride above 1, and a `ReLU` behind it.

    Notes
    -----
    Fast, because x is folded: a block of s×s pixels becomes one place with s² as many channels
    (`SpaceToDepth`), so that a step of the window is a step of one place. A filter of K taps that
    starts at pixel s q + e covers the blocks q, …, with e zeros before its first tap, and
    ⌈(K + e)/s⌉ of them. The convolution that results has stride 1, and few taps of many channels:
    3×3×48 for AlexNet's 11×11×3. Exact: all that is added are products with those zeros.
    """

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer = layers[0]
        assert isinstance(layer, Conv2d)
        self._scratch = scratch
        (sh, sw), groups, channels = layer.stride, layer.groups, shape[2]
        folded, rows, cols = scratch.constant(
            ("folded", id(layer), shape), partial(fold, layer, shape)
        )
        size = rows, cols, sh * sw * channels
        self._inner = Convolution((folded, *layers[1:]), size, dtype, scratch)
        self._x, self._dx = scratch.common(size, dtype), scratch.common(size, dtype)
        self._split = sh, cols, sw, groups, channels // groups
        self._strips = strips(size)

    def forward(self, x: Plane, y: Plane) -> None:
        self._scratch.share([partial(self._fold, rows, x) for rows in self._strips])
        self._inner.forward(self._x, y)

    def backward(self, dy: Plane, dx: Plane) -> None:
        self._inner.backward(dy, self._dx)
        self._scratch.share([partial(self._unfold, rows, dx) for rows in self._strips])

    def describe(self) -> str:
        return f"folded; {self._inner.describe()}"

    def _fold(self, rows: slice, x: Plane) -> None:
        run, (pixels, own) = self._scratch.run, self._pixels(rows, x)
        height, width = own.shape[:2]
        run(np.copyto, pixels[:height, :width], own)
        clear(self._scratch, pixels[height:], pixels[:, width:])
        blocks = self._blocks(pixels)
        run(np.copyto, self._x[rows].reshape(blocks.shape), blocks)

    def _unfold(self, rows: slice, dx: Plane) -> None:
        run, (pixels, own) = self._scratch.run, self._pixels(rows, dx)
        height, width = own.shape[:2]
        blocks = self._blocks(pixels)
        run(np.copyto, blocks, self._dx[rows].reshape(blocks.shape))
        run(np.copyto, own, pixels[:height, :width])
        # pixels that no window sees are not in any block
        sh = self._split[0]
        clear(self._scratch, dx[rows.start * sh : rows.stop * sh, pixels.shape[1] :])
        if rows.stop == len(self._dx):
            clear(self._scratch, dx[rows.stop * sh :])

    def _pixels(self, rows: slice, x: Plane) -> tuple[Plane, Plane]:
        """Scratch for the pixels of some rows of blocks, and these pixels of x as far as it has."""
        sh, cols, sw = self._split[:3]
        size = (rows.stop - rows.start) * sh, cols * sw, x.shape[2]
        return self._scratch("pixels", size, x.dtype), x[
            rows.start * sh : rows.stop * sh, : size[1]
        ]

    def _blocks(self, pixels: Plane) -> Plane:
        """Pixels by row and column of blocks, group, row and column in a block, and channel."""
        return pixels.reshape(-1, *self._split).transpose(0, 2, 4, 1, 3, 5)


def fold(layer: Conv2d, shape: Shape) -> tuple[Conv2d, int, int]:
    """The convolution of stride 1 that equals ``layer`` on folded images of ``shape`` (H, W, C).

    Also how many rows and columns of blocks it takes. Its channels are ordered by group, row of a
    block, column of a block, channel of the group.
    """
    counts = layer.output_shape((1, *shape))[1:3]
    kernel, channels = layer.weight.shape[:2], layer.weight.shape[2]
    taps, zeros, before, after, sizes = [], [], [], [], []
    for axis, s in enumerate(layer.stride):
        block, e = divmod(-layer.pads[axis], s)
        taps.append(-(-(kernel[axis] + e) // s))
        zeros.append((e, taps[axis] * s - kernel[axis] - e))
        last = counts[axis] - 1 + block + taps[axis]  # windows see blocks up to here
        sizes.append(min(-(-shape[axis] // s), last))
        before.append(-block)
        after.append(last - sizes[axis])
    (sh, sw), (kh, kw) = layer.stride, taps
    weight = np.pad(layer.weight, (*zeros, (0, 0), (0, 0)))
    split = weight.reshape(kh, sh, kw, sw, channels, -1).transpose(0, 2, 1, 3, 4, 5)
    folded = np.ascontiguousarray(split).reshape(kh, kw, sh * sw * channels, -1)
    pads = (before[0], before[1], after[0], after[1])
    return Conv2d(folded, layer.bias, pads=pads, groups=layer.groups), *sizes
