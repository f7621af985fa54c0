"""Momentum against the paper's two updates written as a loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse import ParameterError
from inverse.optimize import Momentum, Stages


def naive_momentum(x, gradient, stages, momentum):
    """v ← m v − η g, x ← x + v, with v = 0 at the start of every stage."""
    for rate, count in stages:
        v = 0.0
        for _ in range(count):
            v = momentum * v - rate * gradient(x)
            x = x + v
    return x


@given(st.floats(0, 0.95), st.integers(0, 2**32 - 1))
def test_equals_the_naive_loop(momentum, seed):
    rng = np.random.default_rng(seed)
    start, target = rng.standard_normal((2, 2, 3, 4, 1))
    stages = ((0.1, 7), (0.01, 5), (0.2, 3))
    optimizer = Momentum(Stages(stages), momentum)
    x, state = start, optimizer.init(start)
    for _ in range(15):
        x, state = optimizer.step(x, 2 * (x - target), state)
    expected = naive_momentum(start, lambda x: 2 * (x - target), stages, momentum)
    assert x == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_state_is_a_value():
    """A step can be taken twice from one state: nothing is written to, nothing kept."""
    optimizer = Momentum(Stages(((0.1, 9),)))
    x, g = np.ones((1, 2)), np.full((1, 2), 3.0)
    state = optimizer.step(x, g, optimizer.init(x))[1]
    first, second = optimizer.step(x, g, state), optimizer.step(x, g, state)
    assert np.array_equal(first[0], second[0])
    assert x.tolist() == [[1.0, 1.0]]
    assert g.tolist() == [[3.0, 3.0]]


@pytest.mark.parametrize("momentum", [1.0, -0.1, float("nan")])
def test_errors(momentum):
    with pytest.raises(ParameterError, match=r"Momentum.momentum must be in \[0, 1\), got"):
        Momentum(Stages(((0.1, 9),)), momentum)
