"""Processes that go through the same computation side by side, each doing its share of the work.

Why not threads: Python lets one thread at a time begin a NumPy call, and a thread that must wait
for its turn is asleep, and awake again some 50 µs later, when most of a call's time has passed.
Measured on networks, two threads gave 1.3 times the speed of one, and two processes 1.9 times.
"""

from __future__ import annotations

import ctypes
import mmap
import multiprocessing
import os
import select
import signal
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import InverseError
from inverse.kernels.company import Company
from inverse.kernels.memory import Arena
from inverse.kernels.threads import single_threaded_blas

__all__ = ["Lanes"]

Job = Callable[[], None]

PATIENCE = 2e-4
"""Seconds for which a lane looks again and again whether the others have come, then it naps."""

NAP = 5e-5

_library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
_processor = getattr(_library, "sched_getcpu", lambda: -1)
"""The number of the processor that this process is on; -1 where the system does not tell."""


class Lanes:
    """A number of processes, the lanes, that run the same jobs at the same time.

    Parameters
    ----------
    count : int
        How many, at most. With one, where processes cannot be forked, and in any but the main
        thread, there is only this process: a fork waits for BLAS's threads to end, and with
        OpenBLAS for ever if another thread of ours calls BLAS at that moment.

    Notes
    -----
    A job is a function that all lanes call, each in its own copy of this process. It tells by
    `number` which lane it is in, does its share, and calls `meet` where it needs what the others
    have done. Lanes see each other's work in arrays made by `array`, which must all be there before
    the first job; every other array is each lane's own.

    `meet` looks at counters in such an array. It takes about a microsecond when all come at once; a
    lane that has waited for longer naps, so that processors which have other things to do lose
    little by it. A job is called by an event descriptor, not a pipe: who writes into a pipe is
    taken to sleep soon, and its reader is woken on the writer's processor, where it then waits.

    A lane that finds itself on the processor of an earlier one when a job begins moves to another:
    left there, each would wait while it keeps the other from its work, for as long as jobs are
    short, and the two take as long as one (measured: 1.4 against 2.2 ms for CaffeNet's conv1).
    Where the machine has other things to do, the first lane takes a `turn` alone (`Company`).
    """

    def __init__(self, count: int) -> None:
        main = threading.current_thread() is threading.main_thread()
        self.count = self._most = count if main and sys.platform.startswith("linux") else 1
        self.number = 0
        self._company = Company(self._most)
        self._arena = Arena(shared=self.count > 1)
        self._jobs: list[Job] = []
        self._met = self._places = memoryview(bytearray())
        self._workers: list[tuple[Any, Connection]] = []
        self._bells: list[int] = []
        self._owner = 0

    def array(self, shape: Shape, dtype: Any) -> Array:
        """Zeros that all lanes see."""
        return self._arena.zeros(shape, dtype)

    def job(self, method: Job) -> Job:
        """A method of an object that keeps what this gives, to be run by all lanes."""
        # held weakly: a circle of references would keep the arrays until Python looks for circles
        held = weakref.WeakMethod(method)

        def function() -> None:
            found = held()
            assert found is not None
            found()

        if self._most == 1:
            return function
        number = len(self._jobs)
        self._jobs.append(function)
        return lambda: self._run(number)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """For jobs that belong together: this lane does them alone if others would hold it up.

        Then `count` is 1 within it. What a lane keeps from job to job, as from forward to
        backward, it finds again within a turn only.
        """
        if self._most == 1:
            yield
            return
        self.count = 1 if self._company.alone else self._most
        elapsed, work = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self.count = self._most
        self._company.judge(time.perf_counter() - elapsed, time.thread_time() - work)

    def meet(self) -> None:
        """Wait until all lanes are here."""
        if self.count == 1:
            return
        self._met[self.number] += 1
        wanted = self._met[self.number]
        for other in range(self.count):
            if self._met[other] < wanted:
                self._wait(other, wanted)

    def _wait(self, other: int, wanted: int) -> None:
        met, end = self._met, time.perf_counter() + PATIENCE
        while met[other] < wanted:
            if time.perf_counter() < end:
                os.sched_yield()
                continue
            time.sleep(NAP)
            if not self._alive(other):
                raise InverseError("a process that shared the work has ended")

    def _alive(self, other: int) -> bool:
        if self.number:  # a worker asks for its parent, which knows of the others
            return os.getppid() == self._owner
        return not self._workers[other - 1][1].poll() and self._workers[other - 1][0].is_alive()

    def _run(self, number: int) -> None:
        if self.count == 1:
            self._jobs[number]()
            return
        if self._owner != os.getpid():
            self._start()
        self._places[0] = _processor()
        for bell in self._bells:
            os.eventfd_write(bell, number + 1)
        try:
            self._jobs[number]()
            self.meet()
        except BaseException as error:
            faults = [pipe.recv() for _, pipe in self._workers if pipe.poll()]
            self.close()
            if isinstance(error, InverseError) and faults:
                raise faults[0] from None
            raise

    def _start(self) -> None:
        """Fork the other lanes, which know all jobs and arrays that are there."""
        self._owner, self.number = os.getpid(), 0
        shared = memoryview(mmap.mmap(-1, 16 * self.count)).cast("q")
        self._met, self._places, self._workers = shared[: self.count], shared[self.count :], []
        context = multiprocessing.get_context("fork")
        for number in range(1, self.count):
            pipe, other = context.Pipe()
            self._bells.append(os.eventfd(0))
            process = context.Process(target=self._serve, args=(number, other, pipe), daemon=True)
            with warnings.catch_warnings():
                # Python warns of any thread at a fork; BLAS's are the only ones, and prepared
                warnings.simplefilter("ignore", DeprecationWarning)
                warnings.simplefilter("ignore", RuntimeWarning)  # JAX has its own words for it
                process.start()
            other.close()
            self._workers.append((process, pipe))
        self._close = weakref.finalize(self, _end, self._workers, self._owner)

    def _serve(self, number: int, pipe: Connection, parents: Connection) -> None:
        """A worker's life: job after job, until the parent closes the pipe or is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        parents.close()
        self.number = number
        for _, others in self._workers:
            others.close()
        processors = os.sched_getaffinity(0)
        with np.errstate(all="ignore"), suppress(EOFError, OSError), single_threaded_blas():
            bell, called = self._bells[number - 1], select.poll()
            called.register(bell, select.POLLIN)
            called.register(pipe.fileno(), 0)  # nothing of it but that the parent is gone
            while True:
                end = time.perf_counter() + 10 * PATIENCE
                while not (events := called.poll(0)) and time.perf_counter() < end:
                    os.sched_yield()
                events = events or called.poll()
                if all(descriptor != bell for descriptor, _ in events):
                    return
                job = self._jobs[os.eventfd_read(bell) - 1]
                self._move(processors)
                try:
                    job()
                    self.meet()
                except Exception as error:
                    pipe.send(error)
                    return

    def _move(self, processors: set[int]) -> None:
        """Leave a processor that an earlier lane is on, if there is another one."""
        taken = set(self._places[: self.number])
        if _processor() in taken and processors - taken:
            with suppress(OSError):  # the processors that are allowed can change meanwhile
                os.sched_setaffinity(0, processors - taken)
                os.sched_setaffinity(0, processors)  # it has moved; where to later is the system's
        self._places[self.number] = _processor()

    def close(self) -> None:
        """End the other lanes; a job begun later starts them again."""
        if self._workers:
            self._close()
            for bell in self._bells:
                os.close(bell)
            self._owner, self._workers, self._bells = 0, [], []


def _end(workers: list[tuple[Any, Connection]], parent: int) -> None:
    """See to it that the workers end; in the process that began them only."""
    if os.getpid() != parent:
        return
    for process, pipe in workers:
        pipe.close()
        process.join(timeout=0.2)
        if process.is_alive():  # in the midst of a job
            process.kill()
            process.join()
