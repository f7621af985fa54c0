"""HOGgle: a picture from a HOG code by a paired dictionary (Vondrick et al., ICCV 2013)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.baselines.hoggle.dictionary import EMBEDDED, Dictionary
from inverse.baselines.hoggle.lasso import nonnegative_lasso
from inverse.baselines.hoggle.learning import PENALTY, Learning
from inverse.baselines.hoggle.sampling import Photo
from inverse.baselines.hoggle.windows import (
    CELL,
    CHANNELS,
    RING,
    SIDE,
    bare_patches,
    normalized,
    windows,
)
from inverse.errors import InputError, ShapeError
from inverse.image import Image, stretch

__all__ = ["Hoggle"]

PADDING = 5
"""Cells of zeros around a code."""

SPREAD = 9.0
"""Standard deviation in pixels of the Gaussian that weights a patch."""

TOLERANCE = 3e-3


@dataclass(frozen=True, eq=False)
class Hoggle:
    """Inversion of HOG codes by a dictionary of pairs of HOG windows and grey patches.

    Parameters
    ----------
    dictionary : Dictionary

    Notes
    -----
    A window of 5×5 cells of the code, less its mean and divided by its norm, is x; the window's
    patch of 56×56 pixels is coded by the same coefficients:

        α = argmin_{α ≥ 0} ½‖x − D_hog α‖² + λ Σ α,    patch = D_grey α.

    The picture is the sum of the patches of all windows (the code padded by 5 cells of zeros, a
    window at every cell), each times a Gaussian of σ = 9 pixels about its center, divided by the
    number of patches at each pixel, stretched to 0–1.

    Examples
    --------
    >>> import inverse
    >>> from inverse.baselines.hoggle import Hoggle
    >>> phi = inverse.hog()
    >>> code = phi(phi.encode(inverse.photos.photo("hat")[96:160, 96:160]))
    >>> Hoggle.load().invert(code).shape
    (64, 64)
    """

    dictionary: Dictionary

    @classmethod
    def load(cls, path: str | os.PathLike[str] = EMBEDDED) -> Hoggle:
        """From a dictionary's file; without a path, with the embedded one."""
        return cls(Dictionary.load(path))

    @classmethod
    def learn(
        cls,
        photos: Sequence[Photo],
        atoms: int = 1024,
        batches: int = 500,
        seed: int = 0,
        progress: Callable[[range], Iterable[int]] = iter,
    ) -> Hoggle:
        """Learn the dictionary from photos: files, or images of values 0–1.

        Parameters
        ----------
        photos : sequence
            At least 64 pixels a side each.
        atoms : int
            K.
        batches : int
            Batches of 1024 windows.
        seed : int
            Of the windows drawn.
        progress : callable
            Wraps the loop's range, as ``tqdm`` does.
        """
        learning = Learning.start(photos, atoms, seed)
        for _ in progress(range(batches)):
            learning.step(photos)
        return cls(learning.dictionary())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the dictionary's file (.npz)."""
        self.dictionary.save(path)

    def invert(self, code: Array) -> Image:
        """The picture of a code (rows, cols, 31) or (1, rows, cols, 31) of `inverse.hog`.

        Returns
        -------
        Image
            Grey values 0–1, float32, shape (8 rows, 8 cols).

        Raises
        ------
        ShapeError
            If the code has another shape.
        InputError
            If it has NaN or infinite values.
        """
        y = _one_code(code)
        found = windows(np.pad(y, ((PADDING, PADDING), (PADDING, PADDING), (0, 0))))
        patches = self._patches(normalized(found.reshape(-1, found.shape[2])))
        picture = _overlap_add(patches.reshape(*found.shape[:2], SIDE, SIDE))
        border = (PADDING + RING) * CELL
        return stretch(picture[border:-border, border:-border])

    def _patches(self, signals: Array) -> Image:
        """D_grey α of each signal, (N, 56, 56)."""
        atoms = self.dictionary.code
        alpha = nonnegative_lasso(atoms @ atoms.T, atoms @ signals.T, PENALTY, TOLERANCE)
        return np.asarray(bare_patches(alpha.T @ self.dictionary.grey))


def _one_code(code: Array) -> Array:
    y = np.asarray(to_numpy(code), dtype=np.float32)
    if y.ndim == 4 and y.shape[0] == 1:
        y = y[0]
    if y.ndim != 3 or y.shape[2] != CHANNELS or min(y.shape) < 1:
        raise ShapeError(
            f"Hoggle.invert takes one code (rows, cols, {CHANNELS}) of inverse.hog(), got {y.shape}"
        )
    if not np.isfinite(y).all():
        raise InputError("Hoggle.invert takes a code of finite values, got NaN or infinity")
    return y


def _overlap_add(patches: Array) -> Image:
    """Σ of Gaussian-weighted patches (rows, cols, 56, 56), one a cell, over their count."""
    distance = np.arange(SIDE) - (SIDE - 1) / 2
    bell = np.exp(-(distance**2) / (2 * SPREAD**2)).astype(np.float32)
    weights = np.outer(bell, bell)
    rows, cols = patches.shape[:2]
    total = np.zeros((rows * CELL + SIDE - CELL, cols * CELL + SIDE - CELL), np.float32)
    count = np.zeros_like(total)
    for r, c in np.ndindex(rows, cols):
        place = slice(r * CELL, r * CELL + SIDE), slice(c * CELL, c * CELL + SIDE)
        total[place] += weights * patches[r, c]
        count[place] += 1
    return total / count
