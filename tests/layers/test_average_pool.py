"""AveragePool2d against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import AveragePool2d
from inverse.layers.windows import Window
from inverse.testing import check_adjoint, check_layer
from tests.layers.geometry import images, places, taps, windows
from tests.support import Array, assert_close, normal, seeds, vjp


def counted(layer: AveragePool2d, i: int, j: int, size: tuple[int, int]) -> int:
    """Over how many places window (i, j) takes the mean."""
    window, (top, left, bottom, right) = layer.window, layer.pads
    if not layer.count_include_pad:
        return len(list(places(window, i, j, size)))
    padded = (top + size[0] + bottom, left + size[1] + right)
    return len(list(places(window._replace(pads=(0, 0, 0, 0)), i, j, padded)))


def naive_average_pool(x: Array, layer: AveragePool2d) -> Array:
    """The sum of each window, divided by the number of its places that count."""
    y, size = np.zeros(layer.output_shape(x.shape)), x.shape[1:3]
    for i, j in np.ndindex(*y.shape[1:3]):
        for _, (h, w) in places(layer.window, i, j, size):
            y[:, i, j] += x[:, h, w] / counted(layer, i, j, size)
    return y


def build(window: Window, ceil_mode: bool, include: bool) -> AveragePool2d:
    return AveragePool2d(*window, ceil_mode=ceil_mode, count_include_pad=include)


layers = st.builds(build, windows(), st.booleans(), st.booleans())


@given(layers, images, seeds)
def test_equals_the_naive_definition(
    layer: AveragePool2d, shape: tuple[int, ...], seed: int
) -> None:
    x = normal(seed, shape)
    assert_close(layer(x), naive_average_pool(x, layer))


@given(layers, images, seeds)
@settings(max_examples=25)
def test_average_pool_contract(layer: AveragePool2d, shape: tuple[int, ...], seed: int) -> None:
    check_layer(layer, normal(seed, shape), rng=seed)


@given(layers, images, seeds)
@settings(max_examples=25)
def test_adjoint_contract(layer: AveragePool2d, shape: tuple[int, ...], seed: int) -> None:
    check_adjoint(layer, normal(seed, shape), rng=seed)


@given(layers, images, seeds)
@settings(max_examples=50)
def test_backward_equals_autograd(layer: AveragePool2d, shape: tuple[int, ...], seed: int) -> None:
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy, (rows, cols) = normal(seed + 1, y.shape), y.shape[1:3]
    count = [[counted(layer, i, j, shape[1:3]) for j in range(cols)] for i in range(rows)]

    def differentiable(v: Array) -> Array:
        return sum(taps(v, layer.window, (rows, cols)).values()) / anp.array(count)[..., None]

    assert_close(layer.backward(dy, cache), vjp(differentiable, x, dy), rtol=1e-9)


@pytest.mark.parametrize(("include", "last"), [(False, 5.0), (True, 2.5)])
def test_what_overhangs_the_padding_is_not_counted(include: bool, last: float) -> None:
    # windows of three, two apart: the last one has the pixel 5, a zero, and a place beyond
    layer = AveragePool2d((1, 3), (1, 2), (0, 0, 0, 1), ceil_mode=True, count_include_pad=include)
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0]).reshape(1, 1, 5, 1)
    assert_close(layer(x).ravel(), np.array([2.0, 4.0, last]))


def test_refuses_bad_parameters() -> None:
    message = r"AveragePool2d\.count_include_pad must be True or False, got 1"
    with pytest.raises(ParameterError, match=message):
        AveragePool2d((2, 2), count_include_pad=1)


def test_refuses_windows_of_padding() -> None:
    with pytest.raises(
        ShapeError, match=r"AveragePool2d with windows of 2x2, dilation \(1, 1\) an"
    ):
        AveragePool2d((2, 2), pads=(0, 0, 2, 0)).forward(np.ones((1, 3, 3, 1)))
