"""Finished units on disk: a file each, whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from inverse.experiments.unit import Outcome
from inverse.image import Image, write_bytes

__all__ = ["load", "place", "save"]

RECORD = "record"


def place(folder: Path, name: str) -> Path:
    """The file of a unit."""
    return folder / "units" / f"{name}.npz"


def save(path: Path, fingerprint: str, outcome: Outcome, seconds: float) -> None:
    """Write an outcome: a NumPy archive of its pictures, and its figures as JSON text."""
    record = {
        "fingerprint": fingerprint,
        "figures": dict(outcome.figures),
        "seconds": seconds,
        "images": list(outcome.images),
    }
    text = json.dumps(record, allow_nan=False).encode()
    arrays: dict[str, Any] = {RECORD: np.frombuffer(text, np.uint8)}
    for i, image in enumerate(outcome.images.values()):
        arrays[f"image{i}"] = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    write_bytes(path, data.getvalue())


def load(path: Path, fingerprint: str) -> tuple[Outcome, float] | None:
    """The outcome and the seconds it took; None if there is none, or it is of other work."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            # a member that is no array comes as bytes
            record = json.loads(np.asarray(archive[RECORD]).tobytes())
            if record["fingerprint"] != fingerprint:
                return None
            images: dict[str, Image] = {
                name: archive[f"image{i}"].astype(np.float32) / 255
                for i, name in enumerate(record["images"])
            }
            return Outcome(record["figures"], images), float(record["seconds"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
