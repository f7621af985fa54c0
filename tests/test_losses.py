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


def test_one_target_for_each_image():
    rng = np.random.default_rng(0)
    targets, y = rng.standard_normal((2, 3, 4, 5, 6)).astype(np.float32)
    value, gradient = Euclidean(targets).value_and_grad(y)
    assert gradient.dtype == np.float32
    for i in range(3):
        alone = Euclidean(targets[i : i + 1]).value_and_grad(y[i : i + 1])
        assert value[i] == pytest.approx(alone[0][0], rel=1e-12)
        assert gradient[i] == pytest.approx(alone[1][0], rel=1e-5)


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
    with pytest.raises(ShapeError, match=r"target's shape \(2, 3\), got \(3, 3\)"):
        Euclidean(np.ones((2, 3))).value_and_grad(np.ones((3, 3)))
