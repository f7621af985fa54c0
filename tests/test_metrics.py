"""The published errors, exactly as named, and their summaries."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from inverse import InputError, ShapeError, metrics

rng = np.random.default_rng(0)


def test_mean_pairwise_distance_equals_scipy():
    codes = rng.standard_normal((7, 3, 4)).astype(np.float32)
    expected = pdist(codes.reshape(7, -1).astype(np.float64)).mean()
    assert metrics.mean_pairwise_distance(codes) == pytest.approx(expected, rel=1e-12)


def test_code_error_is_not_squared_and_divides_by_the_normalizer():
    assert metrics.code_error(np.array([3.0, 0.0]), np.array([0.0, 4.0]), 10.0) == 0.5


def test_relative_error_of_the_target_is_zero_and_of_nothing_is_one():
    code = rng.standard_normal((2, 3))
    assert metrics.relative_error(code, code) == 0
    assert metrics.relative_error(0 * code, code) == 1


def test_pixel_correlation_equals_numpy():
    a, b = rng.standard_normal((2, 5, 6))
    assert metrics.pixel_correlation(a, b) == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    assert metrics.pixel_correlation(a, 3 * a + 1) == pytest.approx(1)
    assert metrics.pixel_correlation(a, np.ones((5, 6))) == 0


def test_summary():
    values = [0.1, 0.2, 0.6, 0.9]
    summary = metrics.summarize(values)
    assert summary.std == pytest.approx(np.std(values, ddof=1))
    assert summary.half_width == pytest.approx(1.96 * np.std(values, ddof=1) / 2)
    assert summary.count == 4


def test_errors():
    with pytest.raises(InputError, match="at least 2 codes, got 1"):
        metrics.mean_pairwise_distance([np.ones(3)])
    with pytest.raises(InputError, match="not all zero, got norm 0"):
        metrics.relative_error(np.ones(3), np.zeros(3))
    with pytest.raises(InputError, match="at least 2 figures, got 1"):
        metrics.summarize([1.0])
    with pytest.raises(InputError, match=r"positive normalizer, got 0\.0"):
        metrics.code_error(np.ones(3), np.ones(3), 0.0)
    with pytest.raises(ShapeError, match=r"equal shapes, got \(3,\) and \(4,\)"):
        metrics.distance(np.ones(3), np.ones(4))
    with pytest.raises(ShapeError, match=r"images must have equal shapes"):
        metrics.pixel_correlation(np.ones((3, 3)), np.ones((4, 3)))
