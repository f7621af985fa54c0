"""Patches on a grid become a mosaic: the grey levels and the differences that they ask for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inverse.arrays import Array

__all__ = ["Mosaic", "lay"]

Pair = tuple[int, int]


class Mosaic(NamedTuple):
    """What patches say of an image (H, W); NaN where none says anything.

    Attributes
    ----------
    values : array (H, W)
        Grey levels.
    down, across : arrays (H − 1, W) and (H, W − 1)
        Differences of neighbors, below less above and right less left.
    """

    values: Array
    down: Array
    across: Array


def lay(patches: Array, first: int, step: int, shape: Pair, width: float) -> Mosaic:
    """Lay patches on a regular grid, and average what they say where they overlap.

    Parameters
    ----------
    patches : array (rows, cols, P, P)
        Grey levels.
    first, step : int
        Patch (i, j) has its top left pixel at (first + step·i, first + step·j), which may lie
        outside the image.
    shape : (H, W)
        Of the image.
    width : float
        Standard deviation in pixels of the Gaussian by which a patch counts less away from its
        center.

    Notes
    -----
    With d the distance of a pixel from the center of a patch, or of the middle between two
    neighbors, it has the mean over all patches with the weights exp(−d²/(2 width²)). A difference
    is always one inside a patch, never one across a seam of two patches, whose grey levels have
    nothing to do with one another.

    Examples
    --------
    >>> patches = np.stack([np.full((2, 2), 1.0), np.full((2, 2), 5.0)])[None]
    >>> lay(patches, 0, 2, (2, 5), width=1.0).values.tolist()
    [[1.0, 1.0, 5.0, 5.0, nan], [1.0, 1.0, 5.0, 5.0, nan]]
    """
    h, w = shape
    levels = patches.astype(np.float64)
    return Mosaic(
        _average(levels, first, step, (h, w), width),
        _average(np.diff(levels, axis=2), first, step, (h - 1, w), width),
        _average(np.diff(levels, axis=3), first, step, (h, w - 1), width),
    )


def _average(tiles: Array, first: int, step: int, shape: Pair, width: float) -> Array:
    """The weighted mean of overlapping tiles (rows, cols, a, b); NaN where there is none."""
    counts, sizes = tiles.shape[:2], tiles.shape[2:]
    places = [[slice(k, k + step * (n - 1) + 1, step) for k in range(size)]
              for n, size in zip(counts, sizes, strict=True)]  # fmt: skip
    gaussians = [np.exp(-0.5 * ((np.arange(a) - (a - 1) / 2) / width) ** 2) for a in sizes]
    total = np.zeros([step * (n - 1) + a for n, a in zip(counts, sizes, strict=True)])
    weight = [np.zeros(n) for n in total.shape]
    for own, gaussian, at in zip(weight, gaussians, places, strict=True):
        for k, place in enumerate(at):
            own[place] += gaussian[k]
    for y, rows in enumerate(places[0]):
        for x, cols in enumerate(places[1]):
            total[rows, cols] += gaussians[0][y] * gaussians[1][x] * tiles[:, :, y, x]
    with np.errstate(invalid="ignore"):  # 0/0 between tiles that do not meet
        mean = total / np.outer(*weight)
    # from the frame of the tiles, whose corner is pixel ``first``, to that of the image
    found = np.full(shape, np.nan)
    inside = tuple(slice(max(first, 0), max(first + n, 0)) for n in mean.shape)
    h, w = found[inside].shape
    top = max(-first, 0)
    found[inside] = mean[top : top + h, top : top + w]
    return found
