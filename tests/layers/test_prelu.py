"""PReLU against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import PReLU
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_prelu(x: Array, slope: Array) -> Array:
    """Each negative value times the slope of its place."""
    slopes = np.broadcast_to(slope, x.shape)
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        y[at] = x[at] if x[at] > 0 else slopes[at] * x[at]
    return y


@st.composite
def examples(draw: st.DrawFn) -> tuple[PReLU, Array, int]:
    """A layer with slopes that broadcast against the input, the input and a seed."""
    shape, seed = draw(shapes()), draw(seeds)
    lead = draw(st.integers(1, 4))
    sizes = tuple(size if draw(st.booleans()) else 1 for size in shape[lead:])
    return PReLU(normal(seed + 2, sizes)), normal(seed, shape), seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: tuple[PReLU, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_prelu(x, layer.slope))


@given(examples())
@settings(max_examples=25)
def test_prelu_contract(example: tuple[PReLU, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[PReLU, Array, int]) -> None:
    layer, x, seed = example
    dy = normal(seed + 1, x.shape)
    expected = vjp(lambda v: anp.where(v > 0, v, layer.slope * v), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


def test_at_zero_the_derivative_is_the_slope() -> None:
    layer = PReLU(np.array([0.5, -2.0]))
    _, cache = layer.forward(np.zeros((1, 2)))
    assert layer.backward(np.ones((1, 2)), cache).tolist() == [[0.5, -2.0]]


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError, match=r"PReLU\.slope must be a NumPy array of floats, got a list"
    ):
        PReLU([0.1])
    with pytest.raises(
        ParameterError, match=r"PReLU\.slope must be a NumPy array of floats, got int64"
    ):
        PReLU(np.ones(3, dtype=np.int64))
    with pytest.raises(
        ParameterError, match=r"PReLU\.slope must be finite, got 2 values that are not"
    ):
        PReLU(np.array([np.nan, 1.0, np.inf]))


@pytest.mark.parametrize("sizes", [(4,), (2, 1, 1, 3), (1, 1, 1, 1, 3)])
def test_refuses_slopes_that_do_not_fit(sizes: tuple[int, ...]) -> None:
    message = r"PReLU with slope of shape \(.*\) takes batches of images that it broadcasts against"
    with pytest.raises(ShapeError, match=message):
        PReLU(np.ones(sizes)).forward(np.ones((2, 4, 5, 3)))
