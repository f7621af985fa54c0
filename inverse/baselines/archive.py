"""NumPy archives read with care: nothing is unpickled, and a small file makes no large array."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from inverse.errors import InputError

__all__ = ["read_arrays"]

RATIO = 64
"""How many times as large as the file its arrays may be. Of zeros, deflate makes 1/1000."""

LEAST = 1 << 20
"""Bytes that the arrays may have whatever the size of the file."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_arrays(path: str | os.PathLike[str], what: str) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an ``.npz`` file by name; they cannot be written to.

    Parameters
    ----------
    path : path-like
        A file that ``np.savez`` or ``np.savez_compressed`` wrote.
    what : str
        What it should be, for the error.

    Raises
    ------
    InputError
        If it is not there, is damaged, or holds more than `RATIO` times its size.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            whole = sum(member.file_size for member in members)
            if whole > max(RATIO * Path(path).stat().st_size, LEAST):
                raise ValueError(f"its arrays would be {whole} bytes, over {RATIO} times its size")
            # other methods have no limit to what a piece may become
            if any(member.compress_type not in METHODS for member in members):
                raise ValueError("it is packed by an unknown method")
            parts = {member.filename: archive.read(member) for member in members}
        return {name.removesuffix(".npy"): _array(part) for name, part in parts.items()}
    except Exception as error:  # zipfile, zlib, tokenize and NumPy raise a dozen kinds
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"'{path}' is no {what}: {said[:200]}") from None


def _array(part: bytes) -> np.ndarray[Any, Any]:
    """The array of a ``.npy`` file; its shape is that of the values that are there."""
    stream = io.BytesIO(part)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"its arrays must be of format 1.0, got {version[0]}.{version[1]}")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in "biufU":
        raise ValueError(f"its arrays must be of numbers or text, got {dtype}")
    values: np.ndarray[Any, Any] = np.frombuffer(part, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if is_fortran else "C")
