"""Conv2d against its formula."""

from __future__ import annotations

from unittest.mock import patch

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Conv2d, correlation, depthwise
from inverse.layers.windows import Window
from inverse.testing import check_adjoint, check_layer
from tests.layers.geometry import images, places, taps, windows
from tests.support import Array, assert_close, normal, seeds, vjp


def naive_conv(x: Array, layer: Conv2d) -> Array:
    """At every place the inner product of each filter with the window of its group's channels."""
    n, rows, cols, features = layer.output_shape(x.shape)
    y = np.zeros((n, rows, cols, features))
    for i, j, f in np.ndindex(rows, cols, features):
        size = layer.weight.shape[2]
        first = size * (f // (features // layer.groups))
        for (k, m), (h, w) in places(layer.window, i, j, x.shape[1:3]):
            y[:, i, j, f] += x[:, h, w, first : first + size] @ layer.weight[k, m, :, f]
        if layer.bias is not None:
            y[:, i, j, f] += layer.bias[f]
    return y


def differentiable(x: Array, layer: Conv2d) -> Array:
    """The same in autograd.numpy, tap by tap, without the bias."""
    seen = taps(x, layer.window, layer.output_shape(x.shape)[1:3])
    xs = {at: anp.split(tap, layer.groups, axis=3) for at, tap in seen.items()}
    ws = {at: anp.split(layer.weight[at], layer.groups, axis=1) for at in seen}
    return anp.concatenate(
        [
            sum(anp.dot(xs[at][group], ws[at][group]) for at in seen)
            for group in range(layer.groups)
        ],
        axis=3,
    )


def build(window: Window, size: int, features: int, groups: int, bias: bool, seed: int) -> Conv2d:
    weight = normal(seed + 2, (*window.kernel, size, groups * features))
    shift = normal(seed + 3, (groups * features,)) if bias else None
    return Conv2d(weight, shift, window.stride, window.pads, window.dilation, groups)


@st.composite
def examples(draw: st.DrawFn, bias: bool | None = None) -> tuple[Conv2d, Array, int]:
    """Any convolution: of one group and several, depthwise among them."""
    seed, (n, h, w, size) = draw(seeds), draw(images)
    groups, features = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = draw(st.sampled_from([1, size]))
    layer = build(
        draw(windows()), size, features, groups, draw(st.booleans()) if bias is None else bias, seed
    )
    return layer, normal(seed, (n, h, w, size * groups)), seed


@given(examples())
def test_equals_the_naive_definition(example: tuple[Conv2d, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_conv(x, layer))


@given(examples())
@settings(max_examples=25)
def test_conv_contract(example: tuple[Conv2d, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples(bias=False))
@settings(max_examples=50)
def test_adjoint_contract(example: tuple[Conv2d, Array, int]) -> None:
    layer, x, seed = example
    check_adjoint(layer, x, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[Conv2d, Array, int]) -> None:
    layer, x, seed = example
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: differentiable(v, layer), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


@given(examples(), st.sampled_from([1, 60, 300]))
@settings(max_examples=50)
def test_strips_change_nothing(example: tuple[Conv2d, Array, int], limit: int) -> None:
    layer, x, seed = example
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    dx = layer.backward(dy, cache)
    with patch.object(correlation, "STRIP", limit), patch.object(depthwise, "STRIP", limit):
        assert_close(layer(x), y)
        assert_close(layer.backward(dy, cache), dx)


@pytest.mark.parametrize("groups", [1, 3])
def test_filters_of_one_place(groups: int) -> None:
    layer = build(Window((1, 1)), 2, 4, groups, True, seed=0)
    x = normal(1, (2, 5, 3, 2 * groups))
    assert_close(layer(x), naive_conv(x, layer))
    check_layer(layer, x)


def test_filters_are_not_flipped() -> None:
    x = np.array([1.0, 10.0, 100.0]).reshape(1, 1, 3, 1)
    weight = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
    assert Conv2d(weight)(x).item() == 321


WEIGHT = np.ones((3, 2, 4, 6))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weight": [[1.0]]}, r"Conv2d\.weight must be a NumPy array of floats, got a list"),
        ({"weight": np.ones((3, 3))}, r"Conv2d\.weight must have four axes, none empty, got shape"),
        ({"weight": np.ones((3, 0, 4, 6))}, r"Conv2d\.weight must have four axes, none empty, got"),
        (
            {"bias": np.ones(5)},
            r"Conv2d\.bias must have shape \(6,\), one number a feature, got sh",
        ),
        ({"bias": 1.0}, r"Conv2d\.bias must be a NumPy array of floats, got a float"),
        ({"groups": 0}, r"Conv2d\.groups must be a whole number of at least 1, got 0"),
        ({"groups": 4}, r"Conv2d\.groups must divide the last axis of weight, got 4 groups and we"),
        ({"stride": (0, 1)}, r"Conv2d\.stride must be a tuple of 2 whole numbers of at least 1, g"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Conv2d(**{"weight": WEIGHT, **given})


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"Conv2d takes 8 channels, got shape \(1, 5, 5, 4\)"):
        Conv2d(WEIGHT, groups=2).forward(np.ones((1, 5, 5, 4)))
    with pytest.raises(ShapeError, match=r"Conv2d with windows of 3x2 and pads \(0, 0, 0, 0\) tak"):
        Conv2d(WEIGHT).forward(np.ones((1, 2, 5, 4)))
