"""The paired dictionary, and its small file: a byte for each number, a scale for each atom."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inverse.arrays import Array
from inverse.baselines.hoggle.windows import BAND, CHANNELS, WINDOW, bare_patches
from inverse.errors import InputError, ShapeError
from inverse.image import Image, write_bytes

__all__ = ["CODE", "EMBEDDED", "GREY", "Dictionary"]

EMBEDDED = Path(__file__).parents[2] / "data" / "baselines" / "hoggle.npz"
"""The dictionary that comes with the package (models/hoggle/README.md says how it was made)."""

CODE = WINDOW * WINDOW * CHANNELS
"""Numbers of a HOG half, 775."""

GREY = BAND * BAND
"""Numbers of a grey half, 784."""


@dataclass(frozen=True, eq=False)
class Dictionary:
    """K pairs of a HOG window and the grey patch that goes with it.

    Parameters
    ----------
    code : array (K, 775)
        HOG halves of the atoms: 5×5 cells of 31 channels.
    grey : array (K, 784)
        Grey halves: the 28×28 lowest cosines of patches of 56×56 pixels.

    Raises
    ------
    ShapeError
        If the shapes are others.
    """

    code: Array
    grey: Array

    def __post_init__(self) -> None:
        expected = ((len(self.code), CODE), (len(self.code), GREY))
        if (self.code.shape, self.grey.shape) != expected:
            raise ShapeError(
                f"Dictionary takes code (K, {CODE}) and grey (K, {GREY}), "
                f"got {self.code.shape} and {self.grey.shape}"
            )

    @property
    def patches(self) -> Image:
        """The grey halves as patches of pixels, (K, 56, 56)."""
        return np.asarray(bare_patches(self.grey))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an .npz of bytes round(127 d/m), m = max|d| of each half of an atom."""
        arrays = {}
        for name in ("code", "grey"):
            atoms = getattr(self, name)
            peaks = np.abs(atoms).max(axis=1, keepdims=True)
            levels = 127 * atoms / np.where(peaks > 0, peaks, 1)
            arrays[name] = np.round(levels).astype(np.int8)
            arrays[f"{name}_peaks"] = peaks.astype(np.float32)
        data = io.BytesIO()
        np.savez_compressed(data, **arrays)
        write_bytes(path, data.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str] = EMBEDDED) -> Dictionary:
        """Read what `save` wrote; without a path, the embedded dictionary."""
        try:
            with np.load(path, allow_pickle=False) as file:
                halves = [
                    file[name].astype(np.float32) * (file[f"{name}_peaks"] / np.float32(127))
                    for name in ("code", "grey")
                ]
            return cls(*halves)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"'{path}' is no dictionary of HOGgle: {error}") from None
