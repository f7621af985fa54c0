"""The losses against their formulas, their contract and their error messages."""

import autograd.numpy as autograd_numpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import Euclidean, InputError, ShapeError
from inverse.losses import InnerProduct
from inverse.testing import check_term
from tests.support import assert_close, vjp

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(2, 3), st.integers(1, 4), st.integers(1, 5), st.booleans(), seeds)
def test_contract(n, rows, channels, masked, seed):
    rng = np.random.default_rng(seed)
    shape = (1, rows, 3, channels)
    mask = rng.uniform(0.1, 2, shape) if masked else None
    loss = Euclidean(rng.standard_normal(shape), mask)
    check_term(loss, rng.standard_normal((n, *shape[1:])), rng=seed)


def test_masked_features_do_not_matter():
    target, mask = np.array([[1.0, 2.0, 2.0]]), np.array([[0.0, 1.0, 1.0]])
    value, gradient = Euclidean(target, mask).value_and_grad(np.array([[99.0, 2.0, 4.0]]))
    assert value.tolist() == [0.5]
    assert gradient.tolist() == [[0.0, 0.0, 0.5]]


def test_errors():
    with pytest.raises(InputError, match="target must not be all zero"):
        Euclidean(np.zeros((1, 3)))
    with pytest.raises(InputError, match="target must be finite"):
        Euclidean(np.array([[1.0, np.nan]]))
    with pytest.raises(ShapeError, match=r"mask must broadcast to .* \(1, 3\), got \(4,\)"):
        Euclidean(np.ones((1, 3)), np.ones(4))
    with pytest.raises(ShapeError, match=r"mask must broadcast to .* \(1, 3\), got \(2, 3\)"):
        Euclidean(np.ones((1, 3)), np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"target's shape \(1, 3\), got \(1, 4\)"):
        Euclidean(np.ones((1, 3))).value_and_grad(np.ones((1, 4)))
    with pytest.raises(ShapeError, match=r"target must have shape \(1, ...\), got \(2, 3\)"):
        Euclidean(np.ones((2, 3)))
    with pytest.raises(InputError, match="mask must be finite"):
        Euclidean(np.ones((1, 3)), np.array([1.0, np.nan, 1.0]))


def test_tiny_and_large_float32_targets_keep_their_norm():
    for size in (1e-24, 1e20):
        target = np.full((1, 4), size, dtype=np.float32)
        assert Euclidean(target).norm2 == pytest.approx(4 * float(target[0, 0]) ** 2)


@given(st.integers(2, 3), st.integers(1, 4), st.integers(1, 5), st.booleans(), seeds)
def test_inner_product_contract(n, rows, channels, masked, seed):
    rng = np.random.default_rng(seed)
    shape = (1, rows, 3, channels)
    mask = rng.uniform(0.1, 2, shape) if masked else None
    loss = InnerProduct(rng.standard_normal(shape), mask)
    check_term(loss, rng.standard_normal((n, *shape[1:])), rng=seed)


@given(st.integers(1, 3), st.integers(1, 4), st.booleans(), seeds)
def test_losses_equal_their_formulas(n, channels, masked, seed):
    rng = np.random.default_rng(seed)
    target, y = rng.standard_normal((1, 5, channels)), rng.standard_normal((n, 5, channels))
    mask = rng.uniform(0, 2, (5, 1)) if masked else None
    m = 1.0 if mask is None else mask
    norm2 = np.sum((m * target) ** 2)

    def euclidean(y):
        return autograd_numpy.sum((m * (y - target)) ** 2, axis=(1, 2)) / norm2

    def inner(y):
        return -autograd_numpy.sum((m * y) * (m * target), axis=(1, 2)) / norm2

    for loss, formula in ((Euclidean, euclidean), (InnerProduct, inner)):
        value, gradient = loss(target, mask).value_and_grad(y)
        np.testing.assert_allclose(value, formula(y), rtol=1e-12)
        assert_close(gradient, vjp(formula, y, np.ones(n)))


def test_inner_product_of_a_unit():
    target = np.array([[1.0, 2.0, 4.0]])
    value, gradient = InnerProduct(target, np.array([0.0, 0.0, 1.0])).value_and_grad(
        np.array([[9.0, 9.0, 8.0], [9.0, 9.0, 0.0]])
    )
    assert value.tolist() == [-2.0, 0.0]
    assert gradient.tolist() == [[0.0, 0.0, -0.25]] * 2


def test_inner_product_errors():
    with pytest.raises(InputError, match="InnerProduct.target must not be all zero"):
        InnerProduct(np.zeros((1, 3)))
    with pytest.raises(InputError, match="InnerProduct.target must not be all zero"):
        InnerProduct(np.array([[1.0, 0.0]]), np.array([0.0, 1.0]))
    with pytest.raises(InputError, match="InnerProduct.target must be finite"):
        InnerProduct(np.array([[1.0, np.inf]]))
    with pytest.raises(ShapeError, match=r"InnerProduct.mask must broadcast to .* got \(4,\)"):
        InnerProduct(np.ones((1, 3)), np.ones(4))
    with pytest.raises(InputError, match="InnerProduct.mask must be finite"):
        InnerProduct(np.ones((1, 3)), np.array([1.0, np.nan, 1.0]))
    with pytest.raises(ShapeError, match=r"InnerProduct takes codes of .* \(1, 3\), got \(1, 4\)"):
        InnerProduct(np.ones((1, 3))).value_and_grad(np.ones((1, 4)))
    with pytest.raises(ShapeError, match=r"InnerProduct.target must have shape \(1, ...\)"):
        InnerProduct(np.ones((2, 3)))
