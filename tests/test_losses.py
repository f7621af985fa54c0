"""The Euclidean loss against its formula, its contract and its error messages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import Euclidean, InputError, ShapeError
from inverse.testing import check_term

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
