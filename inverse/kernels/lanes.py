"""Threads that share the work of one program."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

__all__ = ["Lanes", "Task"]

Task = Callable[[int], None]
"""Some of the work; called with the number of the lane that it runs on."""


class Lanes:
    """A number of lanes on which tasks run side by side: this thread, and others that wait for it.

    Parameters
    ----------
    count : int
        How many lanes. With one, no thread is ever started.

    Notes
    -----
    NumPy lets go of Python's lock while it computes, so threads gain where a call takes long: a
    matrix product of a hundred microseconds. A lane takes the next task when it is done with one,
    so that a processor that is busy elsewhere delays its own task only. Nobody spins: a lane
    without work sleeps, which costs some 20 µs at the next start, and nothing when the machine
    has other things to do.

    Which lane runs a task is chance; a task must not write what another one reads or writes.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._process = 0

    def run(self, tasks: Sequence[Task]) -> None:
        """Run all ``tasks``, and raise what one of them raised."""
        helpers = min(self.count, len(tasks)) - 1
        if helpers < 1:
            for task in tasks:
                task(0)
            return
        if self._process != os.getpid():  # at first, and in a forked child, which has no threads
            self._start()
        remaining = iter(tasks)
        for begin in self._begin[:helpers]:
            begin.put(remaining)
        faults = [_work(remaining, 0)]
        faults += [self._end.get() for _ in range(helpers)]
        for fault in faults:
            if fault is not None:
                raise fault

    def _start(self) -> None:
        self._process = os.getpid()
        self._begin: list[SimpleQueue[Any]] = []
        self._end: SimpleQueue[BaseException | None] = SimpleQueue()
        for lane in range(1, self.count):
            begin: SimpleQueue[Any] = SimpleQueue()
            self._begin.append(begin)
            Thread(target=_serve, args=(begin, self._end, lane), daemon=True).start()
        weakref.finalize(self, _release, self._begin)


def _serve(begin: SimpleQueue[Any], end: SimpleQueue[BaseException | None], lane: int) -> None:
    """A helper's life: tasks until there are no more, again and again, until there comes None."""
    while (remaining := begin.get()) is not None:
        end.put(_work(remaining, lane))


def _work(remaining: Iterator[Task], lane: int) -> BaseException | None:
    """Run tasks while there are any; what one raised, after which this lane takes no other."""
    try:
        for task in remaining:  # Python's lock gives each task to one lane
            task(lane)
    except BaseException as error:  # a KeyboardInterrupt too: it is raised when all lanes rest
        return error
    return None


def _release(helpers: list[SimpleQueue[Any]]) -> None:
    for begin in helpers:
        begin.put(None)
