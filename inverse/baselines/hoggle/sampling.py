"""Training signals of HOGgle: windows of photos, drawn at random."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from inverse.arrays import Array
from inverse.baselines.hoggle.windows import (
    CELL,
    RING,
    SIDE,
    WINDOW,
    grey_patches,
    normalized,
    windows,
)
from inverse.errors import InputError, ParameterError
from inverse.image import Image, grey, read_image, resize
from inverse.representations.hog import hog

__all__ = ["Photo", "draw_signals"]

Photo = str | os.PathLike[str] | Image
"""A picture file, or an image of values 0–1."""

SCALES = (1.0, 0.8, 0.6)
"""Factors by which photos are resized, one drawn for each reading."""

PHOTOS = 32
"""Photos that one batch of windows comes from."""


def draw_signals(photos: Sequence[Photo], count: int, rng: np.random.Generator) -> Array:
    """Signals (at most ``count``, 775 + 784) of windows at random places of random photos.

    Each has two halves: the HOG of 5×5 cells, and the cosines of the grey patch of 7×7 cells
    about it, each `normalized`. Windows of which either half is flat are left out.

    A photo is resized by a factor drawn from 1, 0.8 and 0.6 and loses 0–7 rows and columns at its
    start: the blocks of JPEG have the size of a cell, and would otherwise always fall on cells.

    Raises
    ------
    ParameterError
        If there are no photos, or one has less than 64 pixels a side.
    InputError
        If all windows are flat, or a file cannot be read.
    """
    if not photos:
        raise ParameterError("photos must have at least one photo, got none")
    chosen = rng.integers(len(photos), size=PHOTOS)
    per_photo = -(-count // PHOTOS)
    parts = [_of_photo(photos[int(i)], per_photo, rng) for i in chosen]
    codes = normalized(np.concatenate([code for code, _ in parts])[:count])
    patches = normalized(grey_patches(np.concatenate([patch for _, patch in parts])[:count]))
    useful = codes.any(axis=1) & patches.any(axis=1)
    if not useful.any():
        raise InputError("photos must show something, got only flat windows")
    return np.concatenate([codes, patches], axis=1)[useful]


def _of_photo(photo: Photo, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """HOG windows (count, 775) and grey patches (count, 56, 56) of one photo."""
    image = grey(photo if isinstance(photo, np.ndarray) else read_image(photo))
    if min(image.shape) < SIDE + CELL:
        name = "" if isinstance(photo, np.ndarray) else f" in '{photo}'"
        raise ParameterError(
            f"photos must have at least {SIDE + CELL} pixels a side, "
            f"got {image.shape[0]}x{image.shape[1]}{name}"
        )
    factor = max(rng.choice(SCALES), (SIDE + CELL) / min(image.shape))
    image = resize(image, *(round(factor * side) for side in image.shape))
    top, left = rng.integers(CELL, size=2)
    image = image[top:, left:]
    phi = hog(cell_size=CELL)
    found = windows(phi(phi.encode(image))[0])
    # the patch of window (r, c) begins a cell earlier, at (r − 1, c − 1), and has 7×7 whole cells
    rows, cols = (side // CELL - (WINDOW + 2 * RING) + 1 for side in image.shape)
    r, c = rng.integers(rows, size=count), rng.integers(cols, size=count)
    patches = [
        image[CELL * i : CELL * i + SIDE, CELL * j : CELL * j + SIDE]
        for i, j in zip(r, c, strict=True)
    ]
    return found[r + RING, c + RING], np.stack(patches)
