"""The file that a run is kept in."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from inverse.checkpoint.archive import pack, unpack
from inverse.checkpoint.description import difference
from inverse.checkpoint.lock import Lock
from inverse.checkpoint.tree import built, flatten, unflatten
from inverse.errors import InputError, OutputError
from inverse.image import unfinished, write_bytes
from inverse.layers.base import demand_whole
from inverse.optimize import Course

__all__ = ["FORMAT", "Checkpoint"]

FORMAT = 2
"""Version of the build of the file."""


class Checkpoint:
    """Keeps a run in a file, whole or not at all, and has it go on from there.

    Parameters
    ----------
    path : path-like
        The file, an ``.npz``; its folder is made. While the checkpoint is open (``with``) a lock
        beside it keeps other processes away.
    every : int
        Steps from one writing to the next.
    resume : bool
        Go on from the file, if there is one.
    run : mapping of str to str
        What the run is, as `description.run` tells it.
    start : Course
        Where it starts.

    Raises
    ------
    OutputError
        If the file is in use or cannot be written.
    InputError
        If the file to go on from is damaged, of another run, or of another format.

    Notes
    -----
    The file holds x, the optimizer's state, the best x of each image, the history, the states of
    callbacks, what the run is, and versions: as arrays, and a JSON text that names them. It is read
    without pickle, and classes are those of ``start``, never of the file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int,
        resume: bool,
        run: Mapping[str, str],
        start: Course,
    ) -> None:
        self.path = Path(path)
        self.every = every
        demand_whole(self, "every", 1)
        self.resumed: Course | None = None
        self._resume, self._run, self._start = resume, dict(run), start
        self._lock = Lock(self.path.with_name(f".{self.path.name}.lock"), f"'{self.path}'")
        self._kept: int | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write '{self.path}': {error.strerror}") from None
        self._lock.__enter__()
        try:
            for file, name in unfinished(self.path.parent):
                if name == self.path.name:
                    file.unlink(missing_ok=True)
            if self._resume and self.path.exists():
                self.resumed = self._read()
                self._kept = self.resumed.steps
        except BaseException:
            self._lock.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.__exit__()

    def keep(self, course: Course) -> None:
        """Write the run as it is in the place of what was written before."""
        arrays: dict[str, Any] = {}
        text = {
            "format": FORMAT,
            "run": self._run,
            "versions": {"python": platform.python_version(), "numpy": version("numpy")},
            "course": flatten(course.as_tree(), self._start.as_tree(), "run", arrays),
        }
        self._lock.demand()
        try:
            write_bytes(self.path, pack(text, arrays))
        except OutputError as error:
            before = "" if self._kept is None else f"; that of step {self._kept} is still there"
            raise OutputError(f"{error}{before}") from None
        self._kept = course.steps

    def _read(self) -> Course:
        text, arrays = unpack(self.path)
        try:
            if text["format"] != FORMAT:
                raise InputError(
                    f"checkpoint '{self.path}' must be of format {FORMAT}, got format "
                    f"{text['format']!r}: another version of inverse wrote it"
                )
            other = difference(text["run"], self._run)
            if other:
                raise InputError(f"checkpoint '{self.path}' is of another run: {other}")
            like = self._start.as_tree()
            course = Course.from_tree(unflatten(text["course"], like, arrays, self._start.x))
            begun = self._start
            if course.x.shape != begun.x.shape:
                raise ValueError(f"x is of {course.x.shape} and began as {begun.x.shape}")
            if built(begun.state) and type(course.state) is not type(begun.state):
                raise TypeError(f"the optimizer's state began as {type(begun.state).__name__}")
            return course
        except InputError:
            raise
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise InputError(f"checkpoint '{self.path}' is damaged: {error}") from None
