"""The paired dictionary, and its small file: a byte for each number, a scale for each atom."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inverse.arrays import Array
from inverse.baselines.archive import read_arrays
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
        arrays = read_arrays(path, what := "dictionary of HOGgle")
        halves = []
        for name in ("code", "grey"):
            levels, peaks = arrays.get(name), arrays.get(f"{name}_peaks")
            if levels is None or peaks is None:
                raise InputError(f"'{path}' is no {what}: it has no '{name}' and '{name}_peaks'")
            if (levels.dtype, peaks.dtype) != (np.int8, np.float32):
                raise InputError(
                    f"'{path}' is no {what}: '{name}' and '{name}_peaks' must be int8 and float32, "
                    f"got {levels.dtype} and {peaks.dtype}"
                )
            if levels.ndim != 2 or peaks.shape != (len(levels), 1) or not np.isfinite(peaks).all():
                raise InputError(
                    f"'{path}' is no {what}: '{name}' must be (K, D) and '{name}_peaks' finite, "
                    f"(K, 1), got {levels.shape} and {peaks.shape}"
                )
            halves.append(levels.astype(np.float32) * (peaks / np.float32(127)))
        try:
            return cls(*halves)
        except ShapeError as error:
            raise InputError(f"'{path}' is no {what}: {error}") from None
