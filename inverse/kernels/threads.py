"""How many processors to use, and a BLAS that uses one.

The matrix products of a kernel are small. A BLAS of several threads gains little on them, and loses
much when other processes are busy, for its threads wait by spinning. The processors are better used
for one image each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

import threadpoolctl

from inverse.errors import ParameterError

__all__ = ["number_of_threads", "single_threaded_blas"]


def number_of_threads(threads: int | None = None) -> int:
    """``threads``, or else ``INVERSE_NUM_THREADS``, or else the processors of this process."""
    value: Any = os.environ.get("INVERSE_NUM_THREADS") if threads is None else threads
    if value is None:
        return _processors()
    name = "INVERSE_NUM_THREADS" if threads is None else "threads"
    try:
        count = int(value)
    except ValueError:
        count = 0
    if count < 1:
        raise ParameterError(f"{name} must be a positive integer, got {value!r}")
    return count


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _SingleThreaded:
    """Holds BLAS to one thread while anyone is inside.

    The number of BLAS threads belongs to the process. Programs in several threads enter and leave
    in any order, so the first to enter sets it and the last to leave puts it back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._controller = threadpoolctl.ThreadpoolController()
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                _let_any_thread_set()
                self._limit = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                _let_any_thread_set()
                self._limit.restore_original_limits()


def _let_any_thread_set() -> None:
    """Since threadpoolctl 3.8 only the first thread that sets OpenBLAS's number can, silently.

    Here it is set by the first who enters and the last who leaves, under a lock: any thread may.
    """
    controller: Any = getattr(threadpoolctl, "OpenBLASController", None)
    if hasattr(controller, "clear_controlling_thread"):
        controller.clear_controlling_thread(force=True)


@lru_cache(maxsize=1)
def _blas() -> _SingleThreaded:
    return _SingleThreaded()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Within it, matrix products of this process run on the thread that calls them."""
    blas = _blas()
    blas.enter()
    try:
        yield
    finally:
        blas.leave()


if hasattr(os, "register_at_fork"):
    # a lock may be held, and the count be of threads that a forked child does not have
    os.register_at_fork(after_in_child=_blas.cache_clear)
