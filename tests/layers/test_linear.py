"""Linear against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Linear
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_linear(x: Array, layer: Linear) -> Array:
    """Each feature is the inner product of a column of W with x, plus its bias."""
    y = np.zeros((*x.shape[:-1], layer.weight.shape[1]))
    for at in np.ndindex(*y.shape):
        y[at] = sum(v * w for v, w in zip(x[at[:-1]], layer.weight[:, at[-1]], strict=True))
        if layer.bias is not None:
            y[at] += layer.bias[at[-1]]
    return y


@st.composite
def examples(draw: st.DrawFn, bias: bool | None = None) -> tuple[Linear, Array, int]:
    shape, seed = draw(shapes())[: draw(st.integers(2, 4))], draw(seeds)
    features = draw(st.integers(1, 6))
    weight, shift = normal(seed + 2, (shape[-1], features)), normal(seed + 3, (features,))
    with_bias = draw(st.booleans()) if bias is None else bias
    return Linear(weight, shift if with_bias else None), normal(seed, shape), seed


@given(examples())
def test_equals_the_naive_definition(example: tuple[Linear, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_linear(x, layer))


@given(examples())
@settings(max_examples=25)
def test_linear_contract(example: tuple[Linear, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples(bias=False))
@settings(max_examples=25)
def test_adjoint_contract(example: tuple[Linear, Array, int]) -> None:
    layer, x, seed = example
    check_adjoint(layer, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[Linear, Array, int]) -> None:
    layer, x, seed = example
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: anp.dot(v, layer.weight), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weight": [[1.0]]}, r"Linear\.weight must be a NumPy array of floats, got a list"),
        (
            {"weight": np.ones(3)},
            r"Linear\.weight must have two axes, none empty, got shape \(3,\)",
        ),
        ({"weight": np.ones((0, 2))}, r"Linear\.weight must have two axes, none empty, got shape"),
        (
            {"bias": np.ones(3)},
            r"Linear\.bias must have shape \(2,\), one number a feature, got sh",
        ),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Linear(**{"weight": np.ones((3, 2)), **given})


def test_refuses_other_features() -> None:
    layer = Linear(np.ones((6, 2)))
    message = r"Linear takes 6 features along the last axis, got 8 in shape \(1, 8\)"
    with pytest.raises(ShapeError, match=message):
        layer.forward(np.ones((1, 8)))
    with pytest.raises(
        ShapeError, match=r"Linear takes arrays of shape \(N, …, 6\), got shape \(6"
    ):
        layer.forward(np.ones(6))
