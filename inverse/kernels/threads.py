"""Threads for images: Python threads over a single-threaded BLAS.

Two Python threads that each call a single-threaded BLAS beat one that calls a BLAS of two threads,
and keep their speed when other processes are busy: a BLAS thread waits by spinning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

from inverse.errors import ParameterError

__all__ = ["for_each", "number_of_threads", "single_threaded_blas"]


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


def for_each(task: Callable[[int], None], count: int, threads: int) -> None:
    """Call ``task(i)`` for every i < ``count``, on up to ``threads`` threads.

    The caller is one of the threads and takes indices from the same counter as its helpers, so
    that nothing ever waits for a helper that has not begun. If a task fails or the user interrupts,
    no further index is taken, and the error is raised when every thread has left the buffers.
    """
    indices = iter(range(count))
    turn = Lock()

    def work() -> None:
        try:
            while (i := take()) is not None:
                task(i)
        except BaseException:
            drain()
            raise

    def take() -> int | None:
        with turn:
            return next(indices, None)

    def drain() -> None:
        with turn:
            for _ in indices:
                pass

    with single_threaded_blas():
        if min(count, threads) == 1:
            return work()
        helpers = [_pool().submit(work) for _ in range(min(count, threads) - 1)]
        try:
            work()
        finally:
            begun = [helper for helper in helpers if not helper.cancel()]
            wait(begun)
        for helper in begun:
            helper.result()


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """The helpers of this process; they sleep between calls and end with the interpreter."""
    return ThreadPoolExecutor(max(1, _processors() - 1), thread_name_prefix="inverse")


class _SingleThreaded:
    """Holds BLAS to one thread while anyone is inside.

    The number of BLAS threads belongs to the process. Programs in several threads enter and leave
    in any order, so the first to enter sets it and the last to leave puts it back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._controller = ThreadpoolController()
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


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


def _forget() -> None:
    """Start afresh in a forked child, where the helpers do not exist and a lock may be held."""
    _pool.cache_clear()
    _blas.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
