"""BatchNorm against its formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import BatchNorm
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, positive, seeds, shapes, vjp


def naive_batch_norm(x: Array, layer: BatchNorm) -> Array:
    """Each value less the mean of its channel, divided by the deviation, scaled and moved."""
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        c = at[layer.axis]
        deviation = math.sqrt(layer.variance[c] + layer.epsilon)
        y[at] = layer.scale[c] * (x[at] - layer.mean[c]) / deviation + layer.bias[c]
    return y


@st.composite
def examples(draw: st.DrawFn) -> tuple[BatchNorm, Array, int]:
    shape, seed = draw(shapes())[: draw(st.integers(2, 4))], draw(seeds)
    axis = draw(st.integers(1, len(shape) - 1)) - draw(st.sampled_from([0, len(shape)]))
    scale, bias, mean = normal(seed + 2, (3, shape[axis]))
    variance = positive(seed + 3, (shape[axis],))
    epsilon = draw(st.sampled_from([0.0, 1e-5, 0.1]))
    return BatchNorm(scale, bias, mean, variance, epsilon, axis), normal(seed, shape), seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: tuple[BatchNorm, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_batch_norm(x, layer))


@given(examples())
@settings(max_examples=25)
def test_batch_norm_contract(example: tuple[BatchNorm, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples())
@settings(max_examples=25)
def test_adjoint_contract(example: tuple[BatchNorm, Array, int]) -> None:
    layer, x, seed = example
    zero = np.zeros_like(layer.bias)
    linear = BatchNorm(layer.scale, zero, zero, layer.variance, layer.epsilon, layer.axis)
    check_adjoint(linear, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[BatchNorm, Array, int]) -> None:
    layer, x, seed = example
    lay = [1] * x.ndim
    lay[layer.axis] = -1
    scale, bias, mean, variance = (
        values.reshape(lay) for values in (layer.scale, layer.bias, layer.mean, layer.variance)
    )
    dy = normal(seed + 1, x.shape)
    expected = vjp(lambda v: scale * (v - mean) / np.sqrt(variance + layer.epsilon) + bias, x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


ONES = np.ones(3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": [1.0]}, r"BatchNorm\.scale must be a NumPy array of floats, got a list"),
        ({"scale": np.ones((3, 1))}, r"BatchNorm\.scale must have shape \(C,\), got shape \(3, 1"),
        ({"bias": np.ones(4)}, r"BatchNorm\.bias must have shape \(3,\) like scale, got shape \(4"),
        ({"mean": ONES * np.inf}, r"BatchNorm\.mean must be finite, got 3 values that are not"),
        ({"variance": -ONES}, r"BatchNorm\.variance must not be negative, got -1\.0"),
        ({"variance": 0 * ONES, "epsilon": 0}, r"BatchNorm\.variance must be positive where eps"),
        ({"epsilon": -1}, r"BatchNorm\.epsilon must not be negative, got -1"),
        ({"axis": 0}, r"BatchNorm\.axis must be a whole number other than 0, the batch, got 0"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        BatchNorm(**{"scale": ONES, "bias": ONES, "mean": ONES, "variance": ONES, **given})


def test_refuses_other_channels() -> None:
    with pytest.raises(ShapeError, match=r"BatchNorm takes 3 channels along axis -1, got shape"):
        BatchNorm(ONES, ONES, ONES, ONES).forward(np.ones((2, 3, 4)))
