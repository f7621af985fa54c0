"""The α-norm against its naive definition, its contract, autograd, and its error messages."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import AlphaNorm, InputError, ParameterError
from inverse.testing import check_term


def naive_alpha_norm(x, alpha):
    """Σ |x|^α over the values of each image."""
    return np.array([sum(abs(v) ** alpha for v in image.ravel()) for image in x])


shapes = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 6), st.integers(1, 3))
# beyond α = 6 the contract's huge values, 1e6 to the power α, leave float32's range
alphas = st.one_of(st.sampled_from([2.0, 3.0, 4.0, 6.0]), st.floats(1.5, 6))
seeds = st.integers(0, 2**32 - 1)


@given(shapes, alphas, seeds)
def test_equals_the_naive_definition(shape, alpha, seed):
    x = np.random.default_rng(seed).standard_normal(shape)
    value, _ = AlphaNorm(alpha).value_and_grad(x)
    assert value == pytest.approx(naive_alpha_norm(x, alpha), rel=1e-12)


@given(st.integers(2, 3), st.integers(2, 7), st.integers(2, 6), st.integers(1, 3), alphas, seeds)
def test_contract(n, height, width, channels, alpha, seed):
    x = np.random.default_rng(seed).standard_normal((n, height, width, channels))
    check_term(AlphaNorm(alpha), x, rng=seed)


@pytest.mark.parametrize("alpha", [2.0, 3.0, 4.5, 6.0])
def test_gradient_equals_autograd(alpha):
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 3))
    expected = autograd.grad(lambda x: anp.sum(anp.abs(x) ** alpha))(x)
    assert AlphaNorm(alpha).value_and_grad(x)[1] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("alpha", [1.0, 0.0, -2.0, math.nan, math.inf])
def test_alpha_outside_its_range(alpha):
    with pytest.raises(
        ParameterError, match="AlphaNorm.alpha must be greater than 1 and at most 100, got"
    ):
        AlphaNorm(alpha)


def test_integers_are_refused():
    with pytest.raises(InputError, match="AlphaNorm takes float32 or float64 arrays, got int64"):
        AlphaNorm().value_and_grad(np.zeros((1, 2, 2, 1), dtype=np.int64))
