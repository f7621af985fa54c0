"""MaxPool2d against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import MaxPool2d
from inverse.layers.windows import Window
from inverse.testing import check_layer
from tests.layers.geometry import images, places, taps, windows
from tests.support import Array, assert_close, normal, seeds, vjp


def naive_max_pool(x: Array, dy: Array, layer: MaxPool2d) -> tuple[Array, Array]:
    """The maximum of each window, and dx: the first place with the maximum gets the gradient."""
    y, dx = np.zeros(layer.output_shape(x.shape)), np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*y.shape):
        seen = [pixel for _, pixel in places(layer.window, i, j, x.shape[1:3])]
        h, w = seen[0]
        for row, col in seen:
            if x[n, row, col, c] > x[n, h, w, c]:
                h, w = row, col
        y[n, i, j, c] = x[n, h, w, c]
        dx[n, h, w, c] += dy[n, i, j, c]
    return y, dx


def build(window: Window, ceil_mode: bool) -> MaxPool2d:
    return MaxPool2d(window.kernel, window.stride, window.pads, window.dilation, ceil_mode)


layers = st.builds(build, windows(), st.booleans())


@given(layers, images, seeds, st.sampled_from([0, 1, 9]))
def test_equals_the_naive_definition(
    layer: MaxPool2d, shape: tuple[int, ...], seed: int, decimals: int
) -> None:
    x = normal(seed, shape).round(decimals)  # with few decimals there are ties
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = naive_max_pool(x, dy, layer)
    assert np.array_equal(y, expected[0])
    assert_close(layer.backward(dy, cache), expected[1])


@given(layers, images, seeds)
@settings(max_examples=25)
def test_max_pool_contract(layer: MaxPool2d, shape: tuple[int, ...], seed: int) -> None:
    check_layer(layer, normal(seed, shape), rng=seed)


@given(layers, images, seeds)
@settings(max_examples=50)
def test_backward_equals_autograd(layer: MaxPool2d, shape: tuple[int, ...], seed: int) -> None:
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)

    def differentiable(v: Array) -> Array:
        seen = taps(v, layer.window, y.shape[1:3], fill=-1e9)
        return anp.max(anp.array(list(seen.values())), axis=0)

    assert_close(layer.backward(dy, cache), vjp(differentiable, x, dy), rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_of_equal_values_the_first_in_row_major_order_gets_the_gradient(value: float) -> None:
    layer = MaxPool2d((2, 2), (1, 2), (1, 0, 0, 0))
    y, cache = layer.forward(np.full((1, 2, 4, 1), value))
    assert y.ravel().tolist() == [value] * 4
    dx = layer.backward(np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 2, 2, 1), cache)
    assert dx[0, :, :, 0].tolist() == [[4, 0, 6, 0], [0, 0, 0, 0]]


def test_a_row_before_a_column() -> None:
    x = np.array([[0.0, 1.0], [1.0, 0.0]]).reshape(1, 2, 2, 1)
    layer = MaxPool2d((2, 2))
    y, cache = layer.forward(x)
    assert layer.backward(y, cache)[0, :, :, 0].tolist() == [[0, 1], [0, 0]]


def test_refuses_bad_parameters() -> None:
    with pytest.raises(ParameterError, match=r"MaxPool2d\.ceil_mode must be True or False, got 1"):
        MaxPool2d((2, 2), ceil_mode=1)


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (MaxPool2d((2, 2), pads=(2, 0, 0, 0)), (5, 5)),
        (MaxPool2d((2, 2), pads=(0, 0, 0, 2)), (5, 5)),
        (MaxPool2d((1, 2), pads=(0, 1, 0, 1), dilation=(1, 3)), (2, 2)),  # astride of the image
    ],
)
def test_refuses_windows_of_padding(layer: MaxPool2d, size: tuple[int, int]) -> None:
    message = r"MaxPool2d with windows of .x2, dilation .* and pads .* has windows of nothing but "
    with pytest.raises(ShapeError, match=message):
        layer.forward(np.ones((1, *size, 1)))
