"""Adam against its formula, step by step."""

import array_api_strict
import numpy as np
import pytest

import inverse
from inverse.optimize import Adam, ExponentialDecay, Stages
from tests.support import normal

RATE = Stages(((0.1, 2), (0.01, 2)))


def naive_adam(x, gradients, rates, keep, forget):
    """Value by value, with the corrections written out."""
    mean, square = np.zeros_like(x), np.zeros_like(x)
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        for i in np.ndindex(*x.shape):
            mean[i] = keep * mean[i] + (1 - keep) * gradient[i]
            square[i] = forget * square[i] + (1 - forget) * gradient[i] ** 2
            corrected = mean[i] / (1 - keep**t), square[i] / (1 - forget**t)
            x[i] -= rate * corrected[0] / np.sqrt(corrected[1])
    return x


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-12)])
def test_equals_the_naive_definition(dtype, tolerance):
    optimizer = Adam(RATE, 0.8, 0.95, scale=2.0)
    x = normal(0, (2, 3, 4, 1)).astype(dtype)
    gradients = [normal(i + 1, x.shape).astype(dtype) for i in range(4)]
    found, state = x, optimizer.init(x)
    for gradient in gradients:
        found, state = optimizer.step(found, gradient, state)
    expected = naive_adam(x.astype(np.float64), gradients, (0.2, 0.2, 0.02, 0.02), 0.8, 0.95)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    assert state.t == 4


def test_the_scale_of_the_energy_does_not_matter():
    optimizer, x = Adam(ExponentialDecay(0.1, 0.01, 10)), normal(0, (1, 3, 4, 1))
    ends = []
    for factor in (1e-6, 1e6):
        at, state = x, optimizer.init(x)
        for _ in range(10):
            at, state = optimizer.step(at, factor * at, state)
        ends.append(at)
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-9)


def test_a_value_without_gradient_stays():
    optimizer, x = Adam(RATE), np.ones((1, 2))
    moved, _ = optimizer.step(x, np.array([[0.0, 1.0]]), optimizer.init(x))
    assert moved[0, 0] == 1
    assert moved[0, 1] == pytest.approx(0.9)


def test_on_another_array_library():
    device = array_api_strict.Device("device1")
    optimizer, x = Adam(RATE), normal(0, (2, 3, 4, 1))
    here, _ = optimizer.step(x, 2 * x, optimizer.init(x))
    there = array_api_strict.asarray(x, device=device)
    moved, _ = optimizer.step(there, 2 * there, optimizer.init(there))
    assert moved.device == device
    back = array_api_strict.asarray(moved, device=array_api_strict.Device("CPU_DEVICE"))
    np.testing.assert_allclose(np.asarray(back), here)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("momentum", 1.0, "be in"), ("decay", -0.1, "be in"), ("scale", 0, "be positive")],
)
def test_refuses_bad_parameters(field, value, rule):
    with pytest.raises(inverse.ParameterError, match=rf"Adam\.{field} must {rule}"):
        Adam(RATE, **{field: value})
