"""A process that evaluates some images of every batch beside this one.

Why not a thread: an evaluation is a few hundred NumPy calls of some microseconds each. Python lets
one thread at a time begin a call, and two threads that take turns so often gain next to nothing
(measured: 1.1 times the speed of one, against 1.9 for two processes).
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
import sys
import warnings
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape
from inverse.objective import Evaluation

__all__ = ["Worker", "can_fork"]

Evaluate = Callable[[Array], Evaluation]


def can_fork() -> bool:
    """Whether this system starts processes as copies of this one, safely: Linux does."""
    return sys.platform.startswith("linux")


class Worker:
    """Evaluates batches of one shape in a copy of this process, which ends with it.

    Parameters
    ----------
    evaluate : function of a batch
        Copied into the worker as it is now.
    shape, dtype
        Of its batches.

    Notes
    -----
    Images and gradients pass through memory that both processes see, everything else through a
    pipe. The worker leaves Ctrl-C to its parent, and ends when it is told to or its parent is gone.
    """

    def __init__(self, evaluate: Evaluate, shape: Shape, dtype: Any) -> None:
        self._x, self._gradient = (_shared(shape, dtype) for _ in range(2))
        context = multiprocessing.get_context("fork")
        self._pipe, other = context.Pipe()
        process = context.Process(
            target=_serve, args=(evaluate, self._x, self._gradient, other, self._pipe), daemon=True
        )
        with warnings.catch_warnings():
            # Python warns of any thread at a fork; BLAS's are the only ones, and prepared for it
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        other.close()
        self._close = weakref.finalize(self, _end, self._pipe, process, os.getpid())

    def begin(self, x: Array) -> None:
        """Start the evaluation of ``x``."""
        self._x[...] = x
        self._pipe.send(True)

    def result(self) -> Evaluation:
        """The evaluation begun last; raises what it raised."""
        answer = self._pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        energy, parts, strength = answer
        return Evaluation(energy, self._gradient.copy(), parts, strength)

    def close(self) -> None:
        """End the process."""
        self._close()


def _shared(shape: Shape, dtype: Any) -> Array:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype=dtype).reshape(shape)


def _serve(
    evaluate: Evaluate, x: Array, gradient: Array, pipe: Connection, parents: Connection
) -> None:
    """The worker's life: an evaluation for every True, until there comes a False, or nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parents.close()
    with np.errstate(all="ignore"), suppress(EOFError, OSError):  # the parent may be gone
        while pipe.recv():
            try:
                found = evaluate(x)
                gradient[...] = found.gradient
                answer: Any = (found.energy, found.parts, found.signal)
            except Exception as error:
                answer = error
            pipe.send(answer)


def _end(pipe: Connection, process: Any, parent: int) -> None:
    """Ask the worker to end, and see to it that it does; in the process that began it only."""
    if os.getpid() != parent:
        return
    with suppress(OSError):
        pipe.send(False)
    process.join(timeout=1)
    if process.is_alive():  # in the midst of a long evaluation
        process.terminate()
        process.join()
    pipe.close()
