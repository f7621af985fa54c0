"""L2Normalization against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import L2Normalization
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

epsilons = st.sampled_from([2.0**-23, 0.1])
vectors = shapes(h=(1, 6), w=(1, 6), c=(2, 9))


def naive_l2_normalization(x: Array, epsilon: float) -> Array:
    """Each vector of channels, divided by its length."""
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape[:3]):
        norm = np.sqrt(sum(value**2 for value in x[at]))
        for c in range(x.shape[3]):
            y[at][c] = x[at][c] / (norm + epsilon)
    return y


@given(vectors, epsilons, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    x = normal(seed, shape)
    assert_close(L2Normalization(epsilon)(x), naive_l2_normalization(x, epsilon))


@given(vectors, epsilons, seeds)
def test_l2_normalization_contract(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    check_layer(L2Normalization(epsilon), normal(seed, shape), rng=seed)


@given(vectors, epsilons, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    def differentiable(v: Array) -> Array:
        return v / (anp.sqrt(anp.sum(v**2, axis=3, keepdims=True)) + epsilon)

    layer = L2Normalization(epsilon)
    x, dy = normal(seed, shape), normal(seed + 1, shape)
    expected = vjp(differentiable, x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


def test_the_derivative_of_a_zero_vector_is_finite() -> None:
    layer = L2Normalization(0.25)
    y, cache = layer.forward(np.zeros((1, 1, 1, 3)))
    assert not y.any()
    assert layer.backward(np.array([[[[1.0, -2.0, 3.0]]]]), cache).tolist() == [[[[4, -8, 12]]]]


def test_refuses_bad_parameters() -> None:
    with pytest.raises(ParameterError, match=r"L2Normalization\.epsilon must be positive, got 0"):
        L2Normalization(0)


def test_refuses_another_rank() -> None:
    with pytest.raises(ShapeError, match=r"L2Normalization takes arrays of shape \(N, H, W, C\)"):
        L2Normalization().forward(np.zeros((3, 12)))
