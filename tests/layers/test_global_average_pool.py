"""GlobalAveragePool2d against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings

from inverse.errors import ShapeError
from inverse.layers import GlobalAveragePool2d
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_global_average_pool(x: Array) -> Array:
    """The sum of every channel's pixels, divided by their number."""
    n, height, width, channels = x.shape
    y = np.zeros((n, 1, 1, channels))
    for h, w in np.ndindex(height, width):
        y[:, 0, 0] += x[:, h, w] / (height * width)
    return y


@given(shapes(), seeds)
@settings(max_examples=50)
def test_equals_the_naive_definition(shape: tuple[int, ...], seed: int) -> None:
    x = normal(seed, shape)
    assert_close(GlobalAveragePool2d()(x), naive_global_average_pool(x))


@given(shapes(), seeds)
@settings(max_examples=25)
def test_global_average_pool_contract(shape: tuple[int, ...], seed: int) -> None:
    check_layer(GlobalAveragePool2d(), normal(seed, shape), rng=seed)
    check_adjoint(GlobalAveragePool2d(), normal(seed, shape), rng=seed)


@given(shapes(), seeds)
@settings(max_examples=50)
def test_backward_equals_autograd(shape: tuple[int, ...], seed: int) -> None:
    x, layer = normal(seed, shape), GlobalAveragePool2d()
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: anp.mean(v, axis=(1, 2), keepdims=True), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(2, 3), (1, 0, 3, 2)])
def test_refuses_what_is_no_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"GlobalAveragePool2d takes .*, got shape \("):
        GlobalAveragePool2d().forward(np.ones(shape))
