"""The folder where fetched models are kept."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from inverse.errors import InputError, OutputError
from inverse.image import write_bytes

__all__ = ["cache_folder", "check_writable", "kept", "model_file", "store"]


def cache_folder() -> Path:
    """$INVERSE_CACHE, else $XDG_CACHE_HOME/inverse, else ~/.cache/inverse."""
    try:
        if own := os.environ.get("INVERSE_CACHE"):
            return Path(own).expanduser()
        shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # the standard of these variables wants relative paths to be ignored
        return (shared if shared.is_absolute() else Path("~/.cache").expanduser()) / "inverse"
    except RuntimeError:
        raise InputError(
            "the folder of fetched models is unknown, as there is no home: set INVERSE_CACHE"
        ) from None


def model_file(name: str) -> Path:
    """Where the ONNX file of a fetched model is, or will be; its sidecar has the suffix .json."""
    return cache_folder() / f"{name}.onnx"


def kept(name: str) -> bool:
    """Whether a model was fetched."""
    path = model_file(name)
    return path.is_file() and path.with_suffix(".json").is_file()


def check_writable() -> None:
    """Find out before the work, not after it, that the folder cannot be written."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write into '{folder}': {error.strerror} (INVERSE_CACHE names another folder)"
        ) from None


def store(name: str, model: bytes, sidecar: Mapping[str, object]) -> Path:
    """Keep a model and its sidecar, each whole or not at all; the model comes last."""
    path = model_file(name)
    text = json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n"
    write_bytes(path.with_suffix(".json"), text.encode())
    write_bytes(path, model)
    return path
