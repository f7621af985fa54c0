"""An image cut into strips of rows that are evaluated apart, each as an image of its own.

A row of a histogram depends on a few rows of pixels only, so a part of a code's rows is the code of
a strip of the image, if the strip is high enough. What the cut spoils, because layers treat it as
the image's border, are rows of the strip's own code that are not asked for.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from inverse.arrays import Shape
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
    Layer,
)
from inverse.layers.descriptor_pooling import BINS
from inverse.losses import Euclidean, InnerProduct, Loss

__all__ = ["Strip", "can_cut", "loss_on_rows", "strips", "whole"]

AROUND: dict[type[Layer], int] = {
    ImageGradient: 1,
    HardOrientation: 0,
    BilinearOrientation: 0,
    ArctanOrientation: 0,
    BlockNormalization: 1,
    Clamp: 0,
    BlockSum: 0,
    L2Normalization: 0,
}
"""How many rows above and below a row of these layers depends on."""

LEAST_PIXELS = 1 << 13
"""A strip of fewer would take less time than it takes to hand it over."""

MOST_ROWS = 7 / 6
"""Rows of all strips, for each row of the image: the price of what they have in common."""


@dataclass(frozen=True)
class Strip:
    """Rows of an image, and what they give.

    Attributes
    ----------
    rows : slice
        Of the image, from the first to the last on which the code's rows depend.
    code : slice
        The rows of the image's code that come from this strip.
    kept : slice
        The same rows, counted in the strip's own code.
    """

    rows: slice
    code: slice
    kept: slice

    @property
    def height(self) -> int:
        """How many rows it has."""
        return int(self.rows.stop - self.rows.start)


def strips(layer: Chain, shape: Shape) -> list[Strip]:
    """Strips of images of ``shape`` (N, H, W, C), which together give the whole code.

    Parameters
    ----------
    layer : Chain
        One that `can_cut` knows.

    Notes
    -----
    How many strips there are depends on the image alone, not on the processors, so that an image
    is computed by the same operations wherever that is: as many as share the work without
    repeating more than a sixth of it, a power of two. A strip begins at a multiple of the pooling's
    step, so that its cells or descriptors are those of the image.

    Examples
    --------
    >>> import inverse
    >>> for strip in strips(inverse.dsift().layer, (1, 256, 256, 1)):
    ...     print(strip.rows, strip.code, strip.kept)
    slice(0, 137, None) slice(0, 31, None) slice(0, 31, None)
    slice(120, 256, None) slice(31, 61, None) slice(1, 31, None)
    """
    count, found = 2, [whole(shape)]
    while shape[1] * shape[2] >= count * LEAST_PIXELS:
        cut = _cut(layer, shape, count)
        if cut is None or sum(strip.height for strip in cut) > MOST_ROWS * shape[1]:
            break
        found, count = cut, 2 * count
    return found


def whole(shape: Shape) -> Strip:
    """An image that is not cut, as a strip."""
    rows = slice(0, shape[1])
    return Strip(rows, slice(None), slice(None))


def can_cut(layer: Layer, loss: Loss) -> TypeGuard[Chain]:
    """Whether it is known how to cut images for this chain, and the loss is a sum over code rows.

    It is for HOG and dense SIFT, and for a part of them that ends at the pooling or later.
    """
    if type(layer) is not Chain or type(loss) not in (Euclidean, InnerProduct):
        return False
    types = [type(part) for _, part in layer]
    pools = [kind for kind in types if kind in (CellPooling, DescriptorPooling)]
    return len(pools) == 1 and all(kind in AROUND or kind in pools for kind in types)


def loss_on_rows(loss: Euclidean | InnerProduct, rows: slice) -> Loss:
    """The terms of ``loss`` that belong to some rows of the code.

    Their sum over all rows is the loss: they are divided by the norm of the whole target.
    """
    part = copy.copy(loss)
    part.target = loss.target[:, rows]
    if loss.mask is not None:
        part.mask = np.broadcast_to(loss.mask, loss.target.shape)[:, rows]
    return part


def _cut(layer: Chain, shape: Shape, count: int) -> list[Strip] | None:
    """``count`` strips of about the same height; None if that is too many."""
    rows = layer.output_shape(shape)[1]
    if rows < count:
        return None
    # code rows that do not divide evenly: the larger shares go where the highest strip is lowest
    tries = [
        [_strip(layer, shape, *ends) for ends in _ends(rows, count, extra)]
        for extra in range(count)
    ]
    return min(tries, key=lambda found: max(strip.height for strip in found))


def _ends(rows: int, count: int, extra: int) -> Sequence[tuple[int, int]]:
    cuts = [(rows * k + extra) // count for k in range(1, count)]
    return list(zip([0, *cuts], [*cuts, rows], strict=True))


def _strip(layer: Chain, shape: Shape, first: int, end: int) -> Strip:
    """The strip that gives the rows ``first`` … ``end`` − 1 of the code."""
    heights = [shape[1], *(size[1] for size in layer.shapes(shape).values())]
    top, bottom, step = first, end, 1
    for (_, part), height in zip(reversed(list(layer)), heights[-2::-1], strict=True):
        if isinstance(part, CellPooling | DescriptorPooling):
            step, side = (part.cell_size, 1) if isinstance(part, CellPooling) else (part.step, BINS)
            weights = part._weights(height, shape[2])[0][top * side : bottom * side]
            seen = np.flatnonzero(weights.any(axis=0))
            top, bottom = int(seen[0]), int(seen[-1]) + 1
        else:
            around = AROUND[type(part)]
            top, bottom = max(0, top - around), min(height, bottom + around)
    skipped = top // step
    rows = slice(skipped * step, bottom)
    return Strip(rows, slice(first, end), slice(first - skipped, end - skipped))
