"""Threads: every index once, errors and interrupts come out, BLAS is put back."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from inverse.errors import ParameterError
from inverse.kernels import compile
from inverse.kernels.threads import for_each, number_of_threads, single_threaded_blas
from tests.kernels.chains import hog, images


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 17])
def test_every_index_once(count: int, threads: int) -> None:
    done: list[int] = []
    for_each(done.append, count, threads)
    assert sorted(done) == list(range(count))


def test_nested_calls_end() -> None:
    done: list[int] = []
    for_each(lambda _: for_each(done.append, 3, 2), 4, 3)
    assert sorted(done) == sorted([0, 1, 2] * 4)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_comes_out_and_stops_the_rest(threads: int) -> None:
    done: list[int] = []

    def task(i: int) -> None:
        if i == 3:
            raise ValueError("third")
        done.append(i)
        time.sleep(0.001)

    with pytest.raises(ValueError, match="third"):
        for_each(task, 1000, threads)
    assert len(done) < 10
    assert 0 in done


def test_an_interrupt_leaves_no_thread_at_work() -> None:
    working = threading.Semaphore(0)
    left: list[int] = []

    def task(i: int) -> None:
        working.release()
        time.sleep(0.05)
        left.append(i)

    def interrupt() -> None:
        working.acquire()
        signal.raise_signal(signal.SIGINT)

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        for_each(task, 1000, 2)
    other.join()
    count = len(left)
    time.sleep(0.15)
    assert len(left) == count < 10


def test_blas_is_single_threaded_inside_and_put_back() -> None:
    before = blas_threads()
    with single_threaded_blas():
        with single_threaded_blas():
            assert set(blas_threads()) <= {1}
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before


def test_blas_is_put_back_by_the_last_to_leave() -> None:
    before = blas_threads()
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_threads()) <= {1}
    second.__exit__(None, None, None)
    assert blas_threads() == before


def test_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVERSE_NUM_THREADS", raising=False)
    assert number_of_threads() >= 1
    assert number_of_threads(3) == 3
    monkeypatch.setenv("INVERSE_NUM_THREADS", "5")
    assert number_of_threads() == 5
    assert number_of_threads(2) == 2
    monkeypatch.setenv("INVERSE_NUM_THREADS", "many")
    with pytest.raises(ParameterError, match="INVERSE_NUM_THREADS must be a positive .* 'many'"):
        number_of_threads()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_computes_too() -> None:
    x = images("noise", (3, 32, 32, 1), 0, np.float32)
    program = compile(hog(), x.shape, x.dtype, threads=2)
    expected = program(x)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(program(x), expected) else 1)
    deadline = time.monotonic() + 20
    done, status = os.waitpid(child, os.WNOHANG)
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
        done, status = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert done
    assert os.waitstatus_to_exitcode(status) == 0
