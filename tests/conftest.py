"""What all tests share: hypothesis profiles and the folder of shared data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from tests.backends import BACKENDS, Backend

# Several tests run at a time (pytest-xdist), so each has one processor, and what it starts too,
# unless it asks for more, as those of several lanes do.
threadpool_limits(1)
for name in ("INVERSE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# scripts, run by hand, that need PyTorch
collect_ignore = ["benchmarks"]

# The default draws the same examples on every run, so that a test that passed does not fail by
# chance; `pytest --hypothesis-profile=explore` draws new and more ones.
settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--device",
        choices=BACKENDS,
        default="strict",
        help="where the tests of other array libraries run: array_api_strict, or CuPy on a GPU",
    )


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """The array library of ``--device``."""
    return BACKENDS[request.config.getoption("--device")]()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data beside the repository, where it exists."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the shared data folder {folder}")
    return folder
