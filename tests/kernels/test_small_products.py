"""Products cut into small ones equal the whole product, on machines that gain by it or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.kernels import small_products
from inverse.kernels.small_products import blocks, times, times_blocks, times_rows
from inverse.kernels.tape import Recorder
from tests.support import assert_close, normal, seeds

size = st.integers(1, 70)
rtol = 1e-12


@pytest.fixture(params=[True, False], ids=["direct", "copying"], autouse=True)
def _blas(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_products, "_direct", lambda: request.param)
    monkeypatch.setattr(small_products, "MOST", 5_000)


fast = settings(deadline=None, max_examples=50)


@fast
@given(st.integers(1, 300), st.integers(1, 20), st.integers(1, 12), seeds)
def test_times_rows(rows: int, inner: int, columns: int, seed: int) -> None:
    left, right = normal(seed, (rows, inner)), normal(seed + 1, (inner, columns))
    out = np.empty((rows, columns))
    times_rows(Recorder(), left, right, out)
    assert_close(out, left @ right, rtol=rtol)


@fast
@given(size, size, st.integers(1, 400), seeds)
def test_times(rows: int, inner: int, columns: int, seed: int) -> None:
    left, right = normal(seed, (rows, inner)), normal(seed + 1, (3, inner, columns))
    out = np.empty((3, rows, columns))
    times(Recorder(), left, right, out)
    assert_close(out, left @ right, rtol=rtol)


@fast
@given(size, size, st.integers(1, 100), seeds)
def test_times_blocks(rows: int, inner: int, columns: int, seed: int) -> None:
    left, right = normal(seed, (4, rows, inner)), normal(seed + 1, (4, inner, columns))
    out = np.empty((4, rows, columns))
    times_blocks(Recorder(), left, blocks(right, rows), out)
    assert_close(out, left @ right, rtol=rtol)
