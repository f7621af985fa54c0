"""Helpers of the tests: random batches, drawn shapes, and derivatives by the autograd package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import numpy as np
from hypothesis import strategies as st

Array = np.ndarray[Any, Any]
Range = tuple[int, int]

seeds = st.integers(0, 2**32 - 1)
"""Values are drawn by ``default_rng(seed)``: hypothesis' own arrays shrink onto kinks."""


def shapes(
    n: Range = (2, 3), h: Range = (3, 9), w: Range = (3, 9), c: Range = (1, 5)
) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes (N, H, W, C) whose four sizes all differ: a swapped axis cannot hide."""
    sizes = st.tuples(*(st.integers(*r) for r in (n, h, w, c)))
    return sizes.filter(lambda shape: len(set(shape)) == 4)


def normal(seed: int, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers in float64."""
    return np.random.default_rng(seed).standard_normal(shape)


def positive(seed: int, shape: tuple[int, ...]) -> Array:
    """Uniform numbers in (0, 1): histograms."""
    return np.random.default_rng(seed).uniform(0.01, 1, shape)


def assert_close(actual: Array, expected: Array, rtol: float = 1e-12) -> None:
    """Equal up to ``rtol`` times the largest expected absolute value."""
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * np.abs(expected).max())


def vjp(function: Callable[[Array], Array], x: Array, dy: Array) -> Array:
    """J(x)ᵀ dy by the autograd package; ``function`` is written in ``autograd.numpy``."""
    back, _ = autograd.make_vjp(function)(x)
    return np.asarray(back(dy))


def one_hot(index: Array, bins: int) -> Array:
    """1 at the index of each position, 0 elsewhere: (…, bins)."""
    return np.asarray(index[..., None] == np.arange(bins), dtype=np.float64)
