"""InstanceNorm against its formula."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import InstanceNorm
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_instance_norm(x: Array, layer: InstanceNorm) -> Array:
    """Each channel of each image less its mean, divided by its deviation, scaled and moved."""
    x = np.moveaxis(x, layer.axis, -1)
    y = np.zeros(x.shape)
    for n, c in np.ndindex(x.shape[0], x.shape[-1]):
        values = [float(value) for value in x[n, ..., c].ravel()]
        mean = sum(values) / len(values)
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        y[n, ..., c] = (x[n, ..., c] - mean) / math.sqrt(variance + layer.epsilon)
        y[n, ..., c] = layer.scale[c] * y[n, ..., c] + layer.bias[c]
    return np.moveaxis(y, -1, layer.axis)


def differentiable(x: Array, layer: InstanceNorm) -> Array:
    """The same in autograd.numpy."""
    x = anp.moveaxis(x, layer.axis, -1)
    positions = tuple(range(1, x.ndim - 1))
    centered = x - anp.mean(x, axis=positions, keepdims=True)
    variance = anp.mean(centered**2, axis=positions, keepdims=True)
    y = layer.scale * centered / anp.sqrt(variance + layer.epsilon) + layer.bias
    return anp.moveaxis(y, -1, layer.axis)


@st.composite
def examples(draw: st.DrawFn) -> tuple[InstanceNorm, Array, int]:
    shape, seed = draw(shapes(c=(2, 5)))[: draw(st.integers(3, 4))], draw(seeds)
    axis = draw(st.integers(1, len(shape) - 1)) - draw(st.sampled_from([0, len(shape)]))
    scale, bias = normal(seed + 2, (2, shape[axis]))
    layer = InstanceNorm(scale, bias, draw(st.sampled_from([1e-5, 0.1])), axis)
    return layer, 2 + normal(seed, shape), seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: tuple[InstanceNorm, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_instance_norm(x, layer))


@given(examples())
@settings(max_examples=25)
def test_instance_norm_contract(example: tuple[InstanceNorm, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[InstanceNorm, Array, int]) -> None:
    layer, x, seed = example
    dy = normal(seed + 1, x.shape)
    expected = vjp(lambda v: differentiable(v, layer), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


def test_a_single_position_is_its_own_mean() -> None:
    layer = InstanceNorm(np.array([2.0]), np.array([5.0]))
    y, cache = layer.forward(np.full((1, 1, 1, 1), 7.0))
    assert y.item() == 5
    assert layer.backward(np.ones((1, 1, 1, 1)), cache).item() == 0


ONES = np.ones(3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 1.0}, r"InstanceNorm\.scale must be a NumPy array of floats, got a float"),
        ({"bias": np.ones(4)}, r"InstanceNorm\.bias must have shape \(3,\) like scale, got shape"),
        ({"epsilon": 0}, r"InstanceNorm\.epsilon must be positive, got 0"),
        ({"axis": 0}, r"InstanceNorm\.axis must be a whole number other than 0, the batch, got 0"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        InstanceNorm(**{"scale": ONES, "bias": ONES, **given})


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"InstanceNorm takes arrays of rank 3 or more, got shape"):
        InstanceNorm(ONES, ONES).forward(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"InstanceNorm takes 3 channels along axis 1, got shape"):
        InstanceNorm(ONES, ONES, axis=1).forward(np.ones((2, 4, 3)))
