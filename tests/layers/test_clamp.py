"""Clamp against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError
from inverse.layers import Clamp
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

maxima = st.sampled_from([0.2, 1.0])


def naive_clamp(x: Array, maximum: float) -> Array:
    """Each value, but no more than the maximum."""
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        y[at] = x[at] if x[at] <= maximum else maximum
    return y


@given(shapes(), maxima, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], maximum: float, seed: int) -> None:
    x = normal(seed, shape)
    assert_close(Clamp(maximum)(x), naive_clamp(x, maximum))


@given(shapes(), maxima, seeds, st.integers(2, 4))
def test_clamp_contract(shape: tuple[int, ...], maximum: float, seed: int, rank: int) -> None:
    check_layer(Clamp(maximum), normal(seed, shape[:rank]), rng=seed)


@given(shapes(), maxima, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], maximum: float, seed: int) -> None:
    layer = Clamp(maximum)
    x, dy = normal(seed, shape), normal(seed + 1, shape)
    expected = vjp(lambda v: anp.where(v <= maximum, v, maximum), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_passes_at_exactly_the_maximum(dtype: type) -> None:
    x = np.array([0.1, 0.2, 0.3], dtype=dtype)
    layer = Clamp(0.2)
    y, cache = layer.forward(x)
    assert y.tolist() == [x[0], x[1], x[1]]
    assert layer.backward(np.full(3, 5, dtype=dtype), cache).tolist() == [5, 5, 0]


def test_refuses_bad_parameters() -> None:
    with pytest.raises(ParameterError, match=r"Clamp\.maximum must be positive, got 0"):
        Clamp(0)
