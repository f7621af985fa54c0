"""The kernels of networks against the plain layers, on shapes of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.kernels import Lanes, compile, max_pooling
from inverse.kernels.inventory import inventory
from inverse.layers import (
    Add,
    Chain,
    Concat,
    Conv2d,
    Flatten,
    Graph,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Node,
    ReLU,
)
from inverse.layers.graph import INPUT
from tests.support import assert_close, normal, seeds

small = st.integers(1, 3)


def run(layer: Layer, x: Any, seed: int) -> tuple[Any, Any]:
    """y, and dx for a random dy."""
    y, cache = layer.forward(x)
    return y.copy(), layer.backward(normal(seed, y.shape).astype(x.dtype), cache)


def assert_equals_plain(layer: Layer, x: Any, seed: int, count: int = 1) -> None:
    lanes = Lanes(count)
    program = compile(layer, x.shape, x.dtype, lanes)
    # as it is, written down, and repeated
    for i, image in enumerate((x, x[:, ::-1], x)):
        y, dx = run(program, image, seed + i)
        expected, dx_expected = run(layer, image, seed + i)
        assert y.dtype == dx.dtype == x.dtype
        assert_close(y, expected, 1e-10)
        assert_close(dx, dx_expected, 1e-10)
    lanes.close()


@st.composite
def convolutions(draw: Any) -> tuple[Conv2d, tuple[int, ...]]:
    square = draw(st.booleans())
    kh = draw(st.integers(1, 7))
    kw = kh if square else draw(st.integers(1, 4))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels = draw(st.sampled_from([1, 3, 8, 9, 16, 17]))
    features = draw(st.sampled_from([1, 5, 8, 33]))
    stride = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (3, 2), (4, 4), (1, 2)]))
    pads = tuple(draw(st.integers(0, 4)) for _ in range(4))
    h, w = draw(st.integers(kh, 23)), draw(st.integers(kw, 21))
    weight = normal(draw(seeds), (kh, kw, channels, features * groups)) / (kh * kw) ** 0.5
    bias = normal(7, (features * groups,)) if draw(st.booleans()) else None
    return Conv2d(weight, bias, stride, pads, groups=groups), (h, w, channels * groups)


@settings(deadline=None, max_examples=150)
@given(convolutions(), small, st.booleans(), seeds)
def test_convolutions_equal_plain(drawn: Any, n: int, rectify: bool, seed: int) -> None:
    layer, shape = drawn
    chain = Chain({"c": layer, "r": ReLU()} if rectify else {"c": layer})
    assert_equals_plain(chain, normal(seed, (n, *shape)), seed + 1)


@settings(deadline=None, max_examples=100)
@given(
    small,
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 1),
    st.booleans(),
    st.booleans(),
    seeds,
)
def test_max_pooling_equals_plain(
    n: int, kernel: int, stride: int, pad: int, ceil: bool, rectify: bool, seed: int
) -> None:
    pad = min(pad, kernel - 1)
    layer = MaxPool2d((kernel, kernel), (stride, stride), (pad,) * 4, ceil_mode=ceil)
    x = np.round(2 * normal(seed, (n, 11, 14, 3)))  # with ties
    assert_equals_plain(Chain({"r": ReLU(), "p": layer}) if rectify else layer, x, seed)


pairs = st.tuples(st.integers(1, 4), st.integers(1, 3))


@settings(deadline=None, max_examples=200)
@given(pairs, pairs, pairs, st.tuples(*[st.integers(0, 2)] * 4), st.booleans(), seeds)
def test_max_pooling_in_many_parts_equals_plain(
    kernel: Any, stride: Any, dilation: Any, pads: Any, ceil: bool, seed: int
) -> None:
    """Parts of a few rows, so that windows reach over their borders."""
    pads = tuple(min(p, kernel[i % 2] - 1) for i, p in enumerate(pads))
    layer = MaxPool2d(kernel, stride, pads, dilation=dilation, ceil_mode=ceil)
    x = np.round(2 * normal(seed, (1, 23, 14, 3)))  # with ties
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(max_pooling, "NUMBERS", 40)
        assert_equals_plain(layer, x, seed)


@settings(deadline=None, max_examples=40)
@given(small, st.integers(1, 6), st.sampled_from([0.75, 0.5]), seeds)
def test_channel_normalization_equals_plain(n: int, size: int, beta: float, seed: int) -> None:
    layer = LocalResponseNorm(size, 0.3, beta, 1.5)
    assert_equals_plain(layer, normal(seed, (n, 5, 6, 7)), seed)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5), st.integers(1, 700), st.integers(1, 1500), st.booleans(), seeds)
def test_fully_connected_equals_plain(
    n: int, takes: int, gives: int, rectify: bool, seed: int
) -> None:
    layer = Linear(normal(seed, (takes, gives)), normal(3, (gives,)))
    chain = Chain({"l": layer, "r": ReLU()} if rectify else {"l": layer})
    assert_equals_plain(chain, normal(seed, (n, takes)), seed)


def residual(dtype: Any = np.float64) -> Graph:
    def conv(seed: int, k: int, c: int, f: int, stride: int = 1) -> Conv2d:
        weight = (normal(seed, (k, k, c, f)) / k / c**0.5).astype(dtype)
        pads = (k // 2,) * 4
        return Conv2d(weight, normal(seed, (f,)).astype(dtype), (stride, stride), pads)

    return Graph(
        {
            "stem": Node(Chain({"c": conv(1, 7, 3, 16, 2), "r": ReLU()}), (INPUT,)),
            "pool": Node(MaxPool2d((3, 3), (2, 2), (1, 1, 1, 1)), ("stem",)),
            "a": Node(conv(2, 3, 16, 16), ("pool",)),
            "b": Node(ReLU(), ("a",)),
            "c": Node(conv(3, 3, 16, 16), ("b",)),
            "sum": Node(Add(), ("c", "pool")),
            "d": Node(ReLU(), ("sum",)),
            "e": Node(conv(4, 1, 16, 8, 2), ("d",)),
            "f": Node(conv(5, 3, 16, 8, 2), ("d",)),
            "both": Node(Concat(3), ("e", "f", "e")),
            "flat": Node(Flatten(), ("both",)),
            "fc": Node(Linear((normal(6, (384, 50)) / 20).astype(dtype)), ("flat",)),
            "relu": Node(ReLU(), ("fc",)),
            "twice": Node(Add(), ("relu", "fc")),
        }
    )


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_graph_equals_plain(n: int, count: int) -> None:
    assert_equals_plain(residual(), normal(n, (n, 31, 29, 3)), 4, count)


@pytest.mark.parametrize("count", [1, 2])
def test_a_value_that_passes_around_a_step_for_the_batch(count: int) -> None:
    """Its gradient waits for that of all images to come through the step."""
    graph = Graph(
        {
            "flat": Node(Flatten(), (INPUT,)),
            "relu": Node(ReLU(), ("flat",)),
            "fc": Node(Linear(normal(1, (12, 12))), ("relu",)),
            "sum": Node(Add(), ("flat", "fc")),
            "both": Node(Add(), ("relu", "sum")),
        }
    )
    assert_equals_plain(graph, normal(2, (11, 2, 2, 3)), 3, count)


@pytest.mark.parametrize("name", list(residual().nodes))
def test_graph_cut_anywhere_equals_plain(name: str) -> None:
    assert_equals_plain(residual().until(name), normal(1, (2, 31, 29, 3)), 4)


def branches() -> Graph:
    """Concatenations, one inside another, of branches of every kind and of a value used twice."""
    narrow, wide = normal(3, (1, 1, 6, 16)), normal(4, (3, 3, 16, 20))
    strided = Conv2d(normal(5, (3, 3, 3, 6)), normal(6, (6,)), (2, 2), (1, 1, 1, 1))
    return Graph(
        {
            "first": Node(strided, (INPUT,)),
            "n": Node(Conv2d(narrow, normal(7, (16,))), ("first",)),
            "n_relu": Node(ReLU(), ("n",)),
            "wide": Node(Conv2d(wide, pads=(1, 1, 1, 1)), ("n_relu",)),
            "wide_relu": Node(ReLU(), ("wide",)),
            "linear": Node(Conv2d(normal(8, (1, 1, 16, 5))), ("n_relu",)),
            "pool": Node(MaxPool2d((3, 3), (1, 1), (1, 1, 1, 1)), ("first",)),
            "relu": Node(ReLU(), ("first",)),
            "norm": Node(LocalResponseNorm(3, 0.3, 0.75, 1.5), ("n_relu",)),
            "inner": Node(Concat(3), ("wide_relu", "pool", "n_relu")),
            "middle": Node(Concat(3), ("norm", "inner", "linear")),
            "outer": Node(Concat(3), ("relu", "middle")),
            "last": Node(ReLU(), ("outer",)),
            "pooled": Node(MaxPool2d((2, 2), (2, 2)), ("last",)),
        }
    )


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", ["inner", "middle", "outer", "pooled"])
def test_concatenations_equal_plain(name: str, count: int) -> None:
    graph = branches().until(name)
    for n in (1, 2, 3):
        assert_equals_plain(graph, normal(n, (n, 31, 29, 3)), 4, count)


def test_image_is_the_same_in_any_batch_and_on_any_number_of_lanes() -> None:
    layer = residual(np.float32)
    x = normal(0, (5, 31, 29, 3)).astype(np.float32)
    both = Lanes(2)
    y, dx = run(compile(layer, x.shape, x.dtype, both), x, 3)
    both.close()
    dy = normal(3, y.shape).astype(np.float32)
    for n in range(5):
        for count in (1, 2, 3):
            lanes = Lanes(count)
            program = compile(layer, (1, *x.shape[1:]), x.dtype, lanes)
            alone, cache = program.forward(x[n : n + 1])
            np.testing.assert_array_equal(alone[0], y[n])
            np.testing.assert_array_equal(program.backward(dy[n : n + 1], cache)[0], dx[n])
            lanes.close()


@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("channels", [3, 16])
def test_one_layer_at_two_sizes_equals_plain(channels: int, kernel: int, stride: Any) -> None:
    """What a program keeps of a layer's weights is right for each place where it stands."""
    shape = (kernel, kernel, channels, channels)
    layer = Conv2d(normal(0, shape), normal(1, (channels,)), stride, (kernel // 2,) * 4)
    chain = Chain({"a": layer, "p": MaxPool2d((2, 2), (2, 2)), "b": layer})
    assert_equals_plain(chain, normal(2, (2, 41, 37, channels)), 3)


def test_parts_of_a_concatenation_have_no_memory_of_their_own() -> None:
    found = inventory(branches(), (31, 29, 3), np.float32)
    value = {row.layers[-1]: row.value for row in found.rows}
    assert value["wide_relu"] == value["inner"] == value["relu"] == 0
    assert value["norm"] > 0  # its kernel has a layout of its own
    assert value["n_relu"] > 0  # used twice
    assert value["outer"] == 4 * 16 * 15 * (6 + 16 + 20 + 6 + 16 + 5)
