"""The number of threads is one setting, and BLAS is put back as it was."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from inverse.errors import ParameterError
from inverse.kernels import compile
from inverse.kernels.threads import number_of_threads, single_threaded_blas
from tests.kernels.chains import hog, images


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def _two_threads_of_blas() -> Iterator[None]:
    """So that there is something to restrict and to put back."""
    with threadpool_limits(2, user_api="blas"):
        yield


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
    program = compile(hog(), x.shape, x.dtype)
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


def test_any_thread_may_enter_and_leave() -> None:
    before, seen = blas_threads(), []

    def inside() -> None:
        with single_threaded_blas():
            seen.append(blas_threads())

    with single_threaded_blas():  # so that this thread was the first to set the number
        pass
    for _ in range(2):
        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
    assert all(set(found) <= {1} for found in seen)
    assert len(seen) == 2
    assert blas_threads() == before
