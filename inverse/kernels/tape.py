"""Work that goes through Python twice, and then is a list of NumPy calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from inverse.kernels.lanes import Lanes

__all__ = ["Recorder", "Tape"]

Call = Callable[[], Any]


class Recorder:
    """Makes calls, and writes them down while a `Tape` asks for it."""

    def __init__(self) -> None:
        self.calls: list[Call] | None = None

    def __call__(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """``function(*arguments, **named)``, a call as a whole: not what it calls in turn."""
        call = partial(function, *arguments, **named)
        calls, self.calls = self.calls, None
        try:
            call()
        finally:
            self.calls = calls
        if calls is not None:
            calls.append(call)


class Tape:
    """A function of no arguments, that must do the same each time, made faster.

    Parameters
    ----------
    recorder : Recorder
        Through which ``work`` makes all its calls.
    lanes : Lanes
        Each lane does, and writes down, its own share.

    Notes
    -----
    A kernel is a few dozen NumPy calls on parts of arrays. Which parts, it works out in Python,
    which for small layers takes longer than the calls. But the arrays of a program stay where they
    are, so it is always the same calls. The first time, the work is done and no more: scratch
    grows to its size. The second time, the calls are written down with their arrays. From then on
    they are made one after the other.

    ``work`` may not make a temporary array outside such a call, nor look at a number to decide what
    to do. What does is made a call as a whole.
    """

    def __init__(self, recorder: Recorder, lanes: Lanes) -> None:
        self._recorder, self._lanes = recorder, lanes
        self._begun: set[tuple[int, int]] = set()
        self._written: dict[tuple[int, int], list[Call]] = {}

    def __len__(self) -> int:
        """Calls of this lane's share that are written down."""
        return len(self._written.get((self._lanes.number, self._lanes.count), ()))

    def __call__(self, work: Call) -> None:
        """Do ``work``, which is the same each time."""
        share = self._lanes.number, self._lanes.count
        if share in self._written:
            for call in self._written[share]:
                call()
        elif share in self._begun:
            calls: list[Call] = []
            self._recorder.calls = calls
            try:
                work()
            finally:
                self._recorder.calls = None
            self._written[share] = calls
        else:
            self._begun.add(share)
            work()
