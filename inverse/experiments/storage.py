"""Finished units on disk: a file each, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inverse.checkpoint.archive import pack, unpack
from inverse.errors import InputError
from inverse.experiments.unit import Outcome
from inverse.image import Image, write_bytes

__all__ = ["load", "place", "save"]


def place(folder: Path, name: str) -> Path:
    """The file of a unit."""
    return folder / "units" / f"{name}.npz"


def save(path: Path, fingerprint: str, outcome: Outcome, seconds: float) -> None:
    """Write an outcome: a sealed NumPy archive of its pictures, and its figures as JSON text."""
    record = {
        "fingerprint": fingerprint,
        "figures": dict(outcome.figures),
        "seconds": seconds,
        "images": list(outcome.images),
    }
    arrays = {
        f"image{i}": (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        for i, image in enumerate(outcome.images.values())
    }
    write_bytes(path, pack(record, arrays))


def load(path: Path, fingerprint: str) -> tuple[Outcome, float] | None:
    """The outcome and the seconds it took; None if there is none, or it is of other work."""
    if not path.is_file():
        return None
    try:
        record, arrays = unpack(path)
    except InputError:  # damaged: the unit is done anew
        return None
    if record["fingerprint"] != fingerprint:
        return None
    images: dict[str, Image] = {
        name: arrays[f"image{i}"].astype(np.float32) / 255
        for i, name in enumerate(record["images"])
    }
    return Outcome(record["figures"], images), float(record["seconds"])
