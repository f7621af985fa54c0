"""Units of work: the pieces into which an experiment is cut, each a pure function of its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inverse.errors import InputError
from inverse.image import Image

__all__ = ["Outcome", "Unit", "version_of"]


@dataclass(frozen=True)
class Unit:
    """One piece of work.

    Parameters
    ----------
    name : str
        Unique in its experiment; "/" makes folders: ``hog/fast/000-dress``.
    arguments : mapping
        All that the work depends on besides the picture, ready for JSON; a seed among them where
        there is chance, so that neither the order nor the number of processes changes a digit.
    picture : path, optional
        The picture.
    """

    name: str
    arguments: Mapping[str, Any]
    picture: Path | None = None

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def fingerprint(self) -> str:
        """SHA-256 of what the outcome depends on: arguments, picture, versions of two packages."""
        data = b"" if self.picture is None else _read(self.picture)
        content = {
            "arguments": dict(self.arguments),
            "picture": hashlib.sha256(data).hexdigest(),
            "versions": [version_of("inverse"), version_of("numpy")],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What a unit gives: figures, ready for JSON, and pictures of values 0–1, kept in 8 bits."""

    figures: Mapping[str, Any]
    images: Mapping[str, Image] = field(default_factory=dict)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from None


def version_of(package: str) -> str:
    """The installed version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
