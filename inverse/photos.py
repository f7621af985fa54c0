"""The photos that come with the package: CC0, 256×256 pixels, for examples and for N_Φ."""

from __future__ import annotations

from pathlib import Path

from inverse.errors import ParameterError
from inverse.image import Image, read_image

__all__ = ["names", "path", "photo"]

_FOLDER = Path(__file__).parent / "data" / "photos"


def names() -> list[str]:
    """Names of the embedded photos."""
    return sorted(file.stem for file in _FOLDER.glob("*.jpg"))


def path(name: str) -> Path:
    """File of the embedded photo ``name``."""
    if name not in names():
        raise ParameterError(f"photo must be one of {', '.join(names())}, got {name!r}")
    return _FOLDER / f"{name}.jpg"


def photo(name: str) -> Image:
    """The embedded photo ``name``: float32 values 0–1, shape (256, 256, 3)."""
    return read_image(path(name))
