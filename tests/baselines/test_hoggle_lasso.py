"""The lasso against scikit-learn, its optimality conditions and the loop of its formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.baselines.hoggle import nonnegative_lasso
from inverse.errors import ParameterError, ShapeError
from tests.support import normal, seeds

TIGHT = {"tolerance": 1e-13, "sweeps": 20_000}


def naive(atoms, x, penalty, sweeps):
    """Coordinate descent for one signal, as its formula has it; ``atoms`` are columns."""
    alpha = np.zeros(atoms.shape[1])
    for _ in range(sweeps):
        for j in range(len(alpha)):
            d = atoms[:, j]
            slope = d @ (x - atoms @ alpha) - penalty
            alpha[j] = max(0.0, alpha[j] + slope / (d @ d))
    return alpha


@settings(max_examples=25)
@given(seeds, st.integers(1, 70), st.integers(1, 9), st.floats(0.001, 0.5))
def test_conditions_of_the_minimum(seed, atoms, signals, penalty):
    d = normal(seed, (atoms + 5, atoms))
    d /= np.linalg.norm(d, axis=0)
    x = normal(seed + 1, (atoms + 5, signals))
    alpha = nonnegative_lasso(d.T @ d, d.T @ x, penalty, **TIGHT)
    slope = d.T @ (x - d @ alpha) - penalty
    assert (alpha >= 0).all()
    assert slope.max() < 1e-9
    assert np.abs(slope[alpha > 0]).max(initial=0) < 1e-9


@pytest.mark.parametrize("penalty", [0.002, 0.02, 0.2])
def test_equals_scikit_learn(penalty):
    linear_model = pytest.importorskip("sklearn.linear_model")
    d, x = normal(0, (60, 100)), normal(1, (60, 7))
    d /= np.linalg.norm(d, axis=0)
    x /= np.linalg.norm(x, axis=0)
    alpha = nonnegative_lasso(d.T @ d, d.T @ x, penalty, **TIGHT)
    # its objective is divided by the number of values of a signal
    lasso = linear_model.Lasso(
        alpha=penalty / 60, positive=True, fit_intercept=False, tol=1e-12, max_iter=100_000
    )
    for i in range(7):
        np.testing.assert_allclose(alpha[:, i], lasso.fit(d, x[:, i]).coef_, atol=1e-4)


def test_equals_the_naive_loop_sweep_by_sweep():
    d, x = normal(2, (40, 70)), normal(3, (40, 3))
    for sweeps in (1, 2, 5):
        alpha = nonnegative_lasso(d.T @ d, d.T @ x, 0.1, tolerance=0, sweeps=sweeps)
        expected = np.stack([naive(d, x[:, i], 0.1, sweeps) for i in range(3)], axis=1)
        np.testing.assert_allclose(alpha, expected, atol=1e-10)


def test_signals_do_not_depend_on_one_another():
    d, x = normal(4, (50, 60)), normal(5, (50, 1100))
    d /= np.linalg.norm(d, axis=0)
    gram, correlations = d.T @ d, d.T @ x
    together = nonnegative_lasso(gram, correlations, 0.1, tolerance=1e-9)
    for i in (0, 511, 512, 1099):
        alone = nonnegative_lasso(gram, correlations[:, i : i + 1], 0.1, tolerance=1e-9)
        np.testing.assert_allclose(together[:, i : i + 1], alone, atol=1e-7)


def test_single_precision_zero_atoms_and_untouched_inputs():
    d = normal(6, (20, 30)).astype(np.float32)
    d[:, 3] = 0
    gram, correlations = d.T @ d, d.T @ normal(7, (20, 4)).astype(np.float32)
    copies = gram.copy(), correlations.copy()
    alpha = nonnegative_lasso(gram, correlations, 0.02)
    assert alpha.dtype == np.float32
    assert np.isfinite(alpha).all()
    assert not alpha[3].any()
    np.testing.assert_array_equal(gram, copies[0])
    np.testing.assert_array_equal(correlations, copies[1])


@pytest.mark.parametrize("penalty", [-0.1, float("nan")])
def test_refuses_a_penalty(penalty):
    message = f"penalty of nonnegative_lasso must be at least 0, got {penalty}"
    with pytest.raises(ParameterError, match=message):
        nonnegative_lasso(np.eye(2), np.zeros((2, 1)), penalty)


def test_refuses_shapes():
    message = r"takes gram \(K, K\) and correlations \(K, N\), got \(2, 2\) and \(3, 1\)"
    with pytest.raises(ShapeError, match=message):
        nonnegative_lasso(np.eye(2), np.zeros((3, 1)), 0.1)
