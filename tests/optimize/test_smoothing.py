"""Smoothed gradients against the cosine transform of scipy."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import fft

import inverse
from inverse.optimize import ExponentialDecay, Momentum, Smoothed
from inverse.optimize.smoothing import cosines, smooth
from tests.support import normal, seeds, shapes

INNER = Momentum(ExponentialDecay(0.1, 0.01, 10))


def naive_smooth(gradient, power, corner):
    """Each channel's cosine transform, times S(k), and back."""
    smoothed = np.zeros_like(gradient)
    for n, c in np.ndindex(gradient.shape[0], gradient.shape[3]):
        spectrum = fft.dctn(gradient[n, :, :, c], norm="ortho")
        height, width = spectrum.shape
        for i, j in np.ndindex(height, width):
            frequency = np.hypot(i / (2 * height), j / (2 * width))
            spectrum[i, j] *= (corner / (frequency + corner)) ** power
        smoothed[n, :, :, c] = fft.idctn(spectrum, norm="ortho")
    return smoothed


@settings(max_examples=40)
@given(shapes(), st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([1 / 64, 0.1]), seeds)
def test_equals_the_naive_definition(shape, power, corner, seed):
    gradient = normal(seed, shape)
    expected = naive_smooth(gradient, power, corner)
    np.testing.assert_allclose(smooth(gradient, power, corner), expected, atol=1e-12)
    single = smooth(gradient.astype(np.float32), power, corner)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 7, 16])
def test_the_cosines_are_orthogonal(size):
    np.testing.assert_allclose(cosines(size) @ cosines(size).T, np.eye(size), atol=1e-12)


@given(shapes(), seeds)
def test_a_smoothed_gradient_is_a_direction_of_descent(shape, seed):
    gradient = normal(seed, shape)
    assert float(np.vdot(smooth(gradient, 1.0, 1 / 64), gradient)) > 0


def test_takes_the_steps_of_the_optimizer_inside():
    x, gradient = normal(0, (1, 6, 5, 2)), normal(1, (1, 6, 5, 2))
    optimizer = Smoothed(INNER, power=2.0, corner=0.1)
    found, state = optimizer.step(x, gradient, optimizer.init(x))
    expected, _ = INNER.step(x, smooth(gradient, 2.0, 0.1), INNER.init(x))
    np.testing.assert_array_equal(found, expected)
    assert state.t == 1


def test_on_another_array_library():
    device = array_api_strict.Device("device1")
    x = normal(0, (2, 6, 5, 3))
    there = smooth(array_api_strict.asarray(x, device=device), 1.0, 0.1)
    assert there.device == device
    back = array_api_strict.asarray(there, device=array_api_strict.Device("CPU_DEVICE"))
    np.testing.assert_allclose(np.asarray(back), smooth(x, 1.0, 0.1), atol=1e-12)


@pytest.mark.parametrize("field", ["power", "corner"])
def test_refuses_bad_parameters(field):
    with pytest.raises(inverse.ParameterError, match=rf"Smoothed\.{field} must be positive, got 0"):
        Smoothed(INNER, **{field: 0})
