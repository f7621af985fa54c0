"""A NumPy archive of arrays and a JSON text, written and read without pickle."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inverse.errors import InputError

__all__ = ["pack", "unpack"]

TEXT = "text"

LONGEST = 200
"""Characters of another library's message that are told: some repeat the whole of a bad header."""


def pack(text: Any, arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` file: the arrays by name, and ``text``, as JSON, in the array of that name.

    Its comment is the SHA-256 of all parts.
    """
    encoded = np.frombuffer(json.dumps(text, indent=1).encode(), np.uint8)
    parts = {f"{name}.npy": _encoded(array) for name, array in {TEXT: encoded, **arrays}.items()}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.comment = _seal(parts)
    return data.getvalue()


def unpack(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """The text and the arrays of a file that `pack` made.

    Raises
    ------
    InputError
        If it cannot be read, is damaged, or is something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            # nothing is compressed, so that no small file becomes a large array
            whole = sum(member.file_size for member in members) <= path.stat().st_size
            if not whole or any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise InputError("its parts are compressed or larger than it")
            parts = {member.filename: archive.read(member) for member in members}
            if archive.comment != _seal(parts):
                raise InputError("its parts are not those that were written")
        arrays = {name.removesuffix(".npy"): _decoded(part) for name, part in parts.items()}
        return json.loads(arrays.pop(TEXT).tobytes()), arrays
    except PermissionError as error:
        raise InputError(f"checkpoint '{path}' cannot be read: {error.strerror}") from None
    except Exception as error:  # zipfile, NumPy and json raise a dozen kinds for damaged files
        said = (" ".join(str(error).split()) or type(error).__name__)[:LONGEST]
        raise InputError(
            f"checkpoint '{path}' cannot be read, it is damaged or no checkpoint: {said}"
        ) from None


def _encoded(array: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.lib.format.write_array(data, array, allow_pickle=False)
    return data.getvalue()


def _decoded(part: bytes) -> np.ndarray:
    array: np.ndarray = np.lib.format.read_array(io.BytesIO(part), allow_pickle=False)
    return array


def _seal(parts: Mapping[str, bytes]) -> bytes:
    """A hash of the parts and their names, in their order."""
    digest = hashlib.sha256()
    for name, part in parts.items():
        digest.update(f"{len(name)} {name} {len(part)} ".encode())
        digest.update(part)
    return digest.hexdigest().encode()
