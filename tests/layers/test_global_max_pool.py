"""GlobalMaxPool2d against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ShapeError
from inverse.layers import GlobalMaxPool2d
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_global_max_pool(x: Array, dy: Array) -> tuple[Array, Array]:
    """The maximum of every channel, and dx: the first pixel that has it gets the gradient."""
    n, height, width, channels = x.shape
    y, dx = np.zeros((n, 1, 1, channels)), np.zeros(x.shape)
    for image, c in np.ndindex(n, channels):
        best = (0, 0)
        for at in np.ndindex(height, width):
            if x[(image, *at, c)] > x[(image, *best, c)]:
                best = at
        y[image, 0, 0, c] = x[(image, *best, c)]
        dx[(image, *best, c)] = dy[image, 0, 0, c]
    return y, dx


@given(shapes(), seeds, st.sampled_from([0, 9]))
@settings(max_examples=50)
def test_equals_the_naive_definition(shape: tuple[int, ...], seed: int, decimals: int) -> None:
    x = normal(seed, shape).round(decimals)  # with few decimals there are ties
    layer = GlobalMaxPool2d()
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = naive_global_max_pool(x, dy)
    assert np.array_equal(y, expected[0])
    assert np.array_equal(layer.backward(dy, cache), expected[1])


@given(shapes(), seeds)
@settings(max_examples=25)
def test_global_max_pool_contract(shape: tuple[int, ...], seed: int) -> None:
    check_layer(GlobalMaxPool2d(), normal(seed, shape), rng=seed)


@given(shapes(), seeds)
@settings(max_examples=50)
def test_backward_equals_autograd(shape: tuple[int, ...], seed: int) -> None:
    x, layer = normal(seed, shape), GlobalMaxPool2d()
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: anp.max(v, axis=(1, 2), keepdims=True), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(2, 3), (1, 0, 3, 2)])
def test_refuses_what_is_no_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"GlobalMaxPool2d takes .*, got shape \("):
        GlobalMaxPool2d().forward(np.ones(shape))
