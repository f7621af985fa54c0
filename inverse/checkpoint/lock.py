"""A lock that ends with the process that has it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from inverse.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Lock"]

_OPEN: set[int] = set()
"""Descriptors of the locks that are held."""


class Lock:
    """Held by one process at a time, from ``with`` on until its end or the process's.

    Parameters
    ----------
    path : Path
        The file that is locked. It is removed in the end; one that a killed process has left is
        no obstacle.
    what : str
        What the lock is for, for the error.

    Raises
    ------
    OutputError
        If another process, or another part of this one, holds it; or if there is no such folder.

    Notes
    -----
    The system drops the lock (``flock``) when the last process that has the file open ends, so the
    children of a fork close it. Who was given the lock of a file that another process was about to
    remove holds nothing, and tries again. On file systems without locks, and on Windows, there is
    none.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = what
        self._descriptor = -1

    def __enter__(self) -> Self:
        while True:
            try:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                raise OutputError(
                    f"cannot write into '{self.path.parent}': {error.strerror}"
                ) from None
            if not _lock(self._descriptor):
                holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
                os.close(self._descriptor)
                raise OutputError(f"{self._what} is in use by process {holder or 'another'}")
            if self._is_there():
                break
            os.close(self._descriptor)
        _OPEN.add(self._descriptor)
        with suppress(OSError):  # on a full disk nothing tells who holds it
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, str(os.getpid()).encode())
        return self

    def __exit__(self, *_: object) -> None:
        _OPEN.discard(self._descriptor)
        if self._is_there():
            with suppress(OSError):
                self.path.unlink()
        os.close(self._descriptor)

    def demand(self) -> None:
        """Raise OutputError if the file, or the folder it was in, has been removed or replaced."""
        if not self._is_there():
            folder = self.path.parent
            gone = f"'{folder}'" if not folder.is_dir() else f"'{self.path}', the lock of the run,"
            raise OutputError(f"{self._what} cannot be written: {gone} was removed during the run")

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._descriptor))
        except OSError:
            return False


def _lock(descriptor: int) -> bool:
    """Whether nobody else holds the lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _close_in_child() -> None:
    for descriptor in _OPEN:
        os.close(descriptor)
    _OPEN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
