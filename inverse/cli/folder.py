"""The folder of a run: made, locked, and left as it was found if nothing came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inverse.checkpoint import Lock
from inverse.errors import OutputError
from inverse.result import remove_unfinished, would_overwrite

__all__ = ["CHECKPOINT", "claimed"]

CHECKPOINT = "checkpoint.npz"
"""The file that a run is kept in until its result is saved."""


@contextmanager
def claimed(out: Path, source: str) -> Iterator[None]:
    """Have ``out`` for one process alone, and find out before the work that it can be written.

    What killed processes have left of files of theirs is removed. So are, in the end, folders that
    were made here and are empty.

    Raises
    ------
    OutputError
        If it cannot be written, another process uses it, or the picture ``source`` would be lost.
    """
    if would_overwrite(out, source) or Path(source).resolve() == (out / CHECKPOINT).resolve():
        raise OutputError(f"cannot write into '{out}': it would replace '{source}'")
    if out.exists() and not out.is_dir():
        raise OutputError(f"cannot write into '{out}': it is not a folder")
    new_folders = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write into '{out}': {error.strerror}") from None
        with Lock(out / ".lock", f"folder '{out}'"):
            remove_unfinished(out)
            yield
    finally:
        for folder in new_folders:
            with suppress(OSError):
                folder.rmdir()
