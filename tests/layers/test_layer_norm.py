"""LayerNorm against its formula."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import LayerNorm
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_layer_norm(x: Array, layer: LayerNorm) -> Array:
    """Each block of the last axes less its mean, divided by its deviation, scaled and moved."""
    scale = np.broadcast_to(layer.scale, x.shape)
    bias = np.broadcast_to(0.0 if layer.bias is None else layer.bias, x.shape)
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape[: layer.axis]):
        values = [float(value) for value in x[at].ravel()]
        mean = sum(values) / len(values)
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        y[at] = scale[at] * (x[at] - mean) / math.sqrt(variance + layer.epsilon) + bias[at]
    return y


def differentiable(x: Array, layer: LayerNorm) -> Array:
    """The same in autograd.numpy."""
    axes = tuple(range(layer.axis % x.ndim, x.ndim))
    centered = x - anp.mean(x, axis=axes, keepdims=True)
    variance = anp.mean(centered**2, axis=axes, keepdims=True)
    y = layer.scale * centered / anp.sqrt(variance + layer.epsilon)
    return y if layer.bias is None else y + layer.bias


@st.composite
def examples(draw: st.DrawFn) -> tuple[LayerNorm, Array, int]:
    shape, seed = draw(shapes(c=(2, 5)))[: draw(st.integers(2, 4))], draw(seeds)
    axis = draw(st.integers(1, len(shape) - 1)) - draw(st.sampled_from([0, len(shape)]))
    sizes = [
        tuple(size if draw(st.booleans()) else 1 for size in shape[draw(st.integers(1, 3)) :])
        for _ in "γβ"
    ]
    bias = draw(st.sampled_from([None, normal(seed + 3, sizes[1])]))
    scale, epsilon = normal(seed + 2, sizes[0]), draw(st.sampled_from([1e-5, 0.1]))
    return LayerNorm(scale, bias, epsilon, axis), 2 + normal(seed, shape), seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: tuple[LayerNorm, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_layer_norm(x, layer))


@given(examples())
@settings(max_examples=25)
def test_layer_norm_contract(example: tuple[LayerNorm, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[LayerNorm, Array, int]) -> None:
    layer, x, seed = example
    dy = normal(seed + 1, x.shape)
    expected = vjp(lambda v: differentiable(v, layer), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


ONES = np.ones(3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": None}, r"LayerNorm\.scale must be a NumPy array of floats, got a NoneType"),
        ({"bias": ONES * np.inf}, r"LayerNorm\.bias must be finite, got 3 values that are not"),
        ({"epsilon": 0}, r"LayerNorm\.epsilon must be positive, got 0"),
        ({"axis": 0}, r"LayerNorm\.axis must be a whole number other than 0, the batch, got 0"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LayerNorm(**{"scale": ONES, **given})


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"LayerNorm takes arrays with an axis 2 after axis 0"):
        LayerNorm(ONES, axis=2).forward(np.ones((2, 3)))
    for norm in (LayerNorm(np.ones(4)), LayerNorm(ONES, np.ones(4))):
        with pytest.raises(ShapeError, match=r"LayerNorm with (scale|bias) of shape \(4,\) takes"):
            norm.forward(np.ones((2, 3)))
