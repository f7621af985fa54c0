"""TV^β against its naive definition, its contract, autograd, and its error messages."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import ParameterError, ShapeError, TotalVariation
from inverse.testing import check_term


def naive_total_variation(x, beta):
    """Σ ((∂ₕx)² + (∂ᵥx)²)^{β/2} with forward differences, 0 across the far border."""
    n, height, width, channels = x.shape
    value = np.zeros(n)
    for b in range(n):
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    right = x[b, i, min(j + 1, width - 1), c] - x[b, i, j, c]
                    down = x[b, min(i + 1, height - 1), j, c] - x[b, i, j, c]
                    value[b] += (right**2 + down**2) ** (beta / 2)
    return value


shapes = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 6), st.integers(1, 3))
betas = st.floats(1, 3)
seeds = st.integers(0, 2**32 - 1)


@given(shapes, betas, seeds)
def test_equals_the_naive_definition(shape, beta, seed):
    x = np.random.default_rng(seed).standard_normal(shape)
    value, _ = TotalVariation(beta).value_and_grad(x)
    assert value == pytest.approx(naive_total_variation(x, beta), rel=1e-12, abs=1e-12)


@given(st.integers(2, 3), st.integers(2, 7), st.integers(2, 6), st.integers(1, 3), betas, seeds)
def test_contract(n, height, width, channels, beta, seed):
    x = np.random.default_rng(seed).standard_normal((n, height, width, channels))
    check_term(TotalVariation(beta), x, rng=seed)


@pytest.mark.parametrize("beta", [1.0, 1.3, 2.0, 3.0])
def test_gradient_equals_autograd(beta):
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 3))

    def energy(x):
        right = anp.concatenate((x[:, :, 1:] - x[:, :, :-1], 0 * x[:, :, :1] + 1e-300), axis=2)
        down = anp.concatenate((x[:, 1:] - x[:, :-1], 0 * x[:, :1] + 1e-300), axis=1)
        s = right**2 + down**2
        return anp.sum(anp.where(s > 0, s, 1.0) ** (beta / 2) * (s > 0))

    _, gradient = TotalVariation(beta).value_and_grad(x)
    assert gradient == pytest.approx(autograd.grad(energy)(x), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("beta", [1.0, 1.5, 2.0, 3.0])
def test_flat_images_cost_nothing_and_have_no_gradient(beta):
    value, gradient = TotalVariation(beta).value_and_grad(np.full((2, 4, 5, 1), 7.0))
    assert value == pytest.approx(0, abs=1e-14)
    assert not gradient.any()


def test_the_far_border_counts_only_what_is_inside():
    x = np.zeros((1, 3, 3, 1))
    x[0, 2, 2] = 1.0
    value, _ = TotalVariation(1).value_and_grad(x)
    assert value.tolist() == [2.0]  # from the left and from above; nothing beyond
    x[0, 2, 2], x[0, 0, 0] = 0.0, 1.0
    value, _ = TotalVariation(1).value_and_grad(x)
    assert value.tolist() == [pytest.approx(math.sqrt(2))]  # one pixel sees both differences


def test_beta_one_of_a_path_is_the_total_change():
    x = np.array([0.0, 1.0, 1.0, 5.0]).reshape(1, 1, 4, 1)
    assert TotalVariation(1).value_and_grad(x)[0].tolist() == [5.0]


@pytest.mark.parametrize("beta", [0.9, 3.1, math.nan, -1.0])
def test_beta_outside_its_range(beta):
    with pytest.raises(ParameterError, match=r"TotalVariation.beta must be in \[1, 3\], got"):
        TotalVariation(beta)


def test_rank():
    with pytest.raises(ShapeError, match=r"TotalVariation takes arrays of rank 4, got shape \(3,"):
        TotalVariation().value_and_grad(np.zeros((3, 4)))
