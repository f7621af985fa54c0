"""A cropped graph computes the wanted part, and sees no other pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inverse
from inverse.cropping import crop
from inverse.layers import (
    Add,
    AveragePool2d,
    Chain,
    Concat,
    Conv2d,
    Flatten,
    GlobalAveragePool2d,
    Graph,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Mul,
    Node,
    ReLU,
    Resize,
    Sigmoid,
)
from inverse.receptive_field import Box, fields, needed, receptive_field
from inverse.testing import check_layer
from tests.support import normal, seeds

SHAPE = (2, 29, 37, 3)


def conv(rng, kernel, channels, features, **options):
    weight = rng.standard_normal((*kernel, channels, features)) / np.sqrt(
        np.prod(kernel) * channels
    )
    return Conv2d(weight, rng.standard_normal(features), **options)


def network(seed):
    """Strides, pads, dilation, ceil mode, branches of different reach, a residual, a gate."""
    rng = np.random.default_rng(seed)
    wide = conv(rng, (3, 3), 4, 4, pads=(2, 2, 2, 2), dilation=(2, 2))
    return Graph(
        {
            "conv1": Node(conv(rng, (5, 3), 3, 4, stride=(2, 1), pads=(2, 0, 1, 2)), ("input",)),
            "relu1": Node(ReLU(), ("conv1",)),
            "pool1": Node(MaxPool2d((3, 2), (2, 2), (1, 0, 0, 1), ceil_mode=True), ("relu1",)),
            "norm1": Node(LocalResponseNorm(3), ("pool1",)),
            "wide": Node(wide, ("norm1",)),
            "narrow": Node(conv(rng, (1, 1), 4, 5), ("norm1",)),
            "sum": Node(Add(), ("wide", "norm1")),
            "mean": Node(AveragePool2d((3, 3), pads=(1, 1, 1, 1)), ("sum",)),
            "both": Node(Concat(3), ("mean", "narrow")),
        }
    )


def gated(seed):
    """A gate that sees the whole image, and a layer that cannot be computed in part."""
    rng = np.random.default_rng(seed)
    return Graph(
        {
            "conv": Node(conv(rng, (3, 3), 3, 2), ("input",)),
            "pool": Node(GlobalAveragePool2d(), ("conv",)),
            "gate": Node(Sigmoid(), ("pool",)),
            "gated": Node(Mul(), ("conv", "gate")),
            "larger": Node(Resize(scales=(2.0, 2.0), mode="linear"), ("gated",)),
            "last": Node(conv(rng, (3, 2), 2, 3, pads=(1, 0, 1, 1)), ("larger",)),
        }
    )


def box_in(data, size):
    top, left = (data.draw(st.integers(0, n - 1)) for n in size)
    bottom, right = (
        data.draw(st.integers(i + 1, n)) for i, n in zip((top, left), size, strict=True)
    )
    return Box(top, left, bottom, right)


@settings(max_examples=40)
@given(st.data(), st.sampled_from([network, gated]), seeds)
def test_crop_equals_the_part_of_the_whole(data, make, seed):
    graph, x = make(seed), normal(seed, SHAPE)
    y, cache = graph.forward(x)
    box = box_in(data, y.shape[1:3])
    place = (slice(None), slice(box.top, box.bottom), slice(box.left, box.right))
    cropped = crop(graph, SHAPE, box)
    part, part_cache = cropped.forward(x)
    np.testing.assert_allclose(part, y[place], rtol=1e-10, atol=1e-12)
    dy = normal(seed + 1, part.shape)
    whole = np.zeros_like(y)
    whole[place] = dy
    dx = cropped.backward(dy, part_cache)
    np.testing.assert_allclose(dx, graph.backward(whole, cache), rtol=1e-9, atol=1e-12)
    assert not outside(dx, needed(graph, SHAPE, box)["input"]).any()


def outside(x, box):
    """The pixels of x that are not in the box."""
    kept = np.ones(x.shape, bool)
    kept[:, box.top : box.bottom, box.left : box.right] = False
    return x[kept]


def test_a_cropped_graph_computes_less():
    graph = network(0)
    sizes = crop(graph, SHAPE, Box(3, 8, 4, 9)).shapes(SHAPE)
    assert sizes["both"] == (2, 1, 1, 9)
    assert sizes["sum"] == (2, 3, 3, 4)
    assert sizes["conv1"][1:3] < graph.shapes(SHAPE)["conv1"][1:3]


def test_cropped_graph_contract():
    check_layer(crop(network(1), SHAPE, Box(2, 3, 6, 8)), normal(2, SHAPE), float32_tolerance=0.05)


@settings(max_examples=60)
@given(st.data(), seeds)
def test_receptive_fields_are_those_that_perturbation_finds(data, seed):
    """With positive weights every pixel of a window matters; so the gradient shows the box."""
    rng = np.random.default_rng(seed)
    pair = st.tuples(st.integers(1, 4), st.integers(1, 3))
    first, second, stride = data.draw(pair), data.draw(pair), data.draw(pair)
    pads = tuple(data.draw(st.integers(0, k - 1)) for k in (*first, *first))
    weights = (rng.uniform(0.1, 1, (*kernel, 1, 1)) for kernel in (first, (2, 1)))
    graph = Graph(
        {
            "conv": Node(Conv2d(next(weights), None, stride, pads), ("input",)),
            "mean": Node(AveragePool2d(second, (1, 2), ceil_mode=True), ("conv",)),
            "again": Node(Conv2d(next(weights), None, (1, 2)), ("mean",)),
        }
    )
    shape = (1, 26, 31, 1)
    _, rows, cols, _ = graph.output_shape(shape)
    i, j = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    box = receptive_field(graph, shape, "again", i, j)
    x = normal(seed, shape)
    y, cache = graph.forward(x)
    dy = np.zeros_like(y)
    dy[0, i, j, 0] = 1
    dx = graph.backward(dy, cache)
    assert not outside(dx, box).any()
    places = np.argwhere(dx[0, :, :, 0])
    assert Box(*places.min(axis=0), *(places.max(axis=0) + 1)) == box
    moved = x + np.where(dx == 0, normal(seed + 1, shape), 0)
    assert graph(moved)[0, i, j, 0] == pytest.approx(y[0, i, j, 0], rel=1e-12)


def test_fields_of_the_papers_network():
    """Table 2 of the paper, and the centers of the first units (there 1-based: 6, 10, 18, 34)."""
    field = fields(caffenet())
    sizes = [field[name].size[0] for name in ("conv1", "pool1", "conv2", "pool2", "conv3")]
    assert sizes == [11, 19, 51, 67, 99]
    assert [field[n].size for n in ("conv4", "conv5", "pool5")] == [
        (131,) * 2,
        (163,) * 2,
        (195,) * 2,
    ]
    assert [field[n].stride[0] for n in ("conv1", "pool1", "pool2", "pool5")] == [4, 8, 16, 32]
    assert [field[n].center[0] + 1 for n in ("conv1", "pool1", "pool2", "pool5")] == [6, 10, 18, 34]
    assert field["fc6"] is None


def caffenet():
    """The windows of CNN-A, with one channel everywhere."""
    one = {k: np.ones((k, k, 1, 1)) for k in (3, 5, 11)}
    pool = MaxPool2d((3, 3), (2, 2))
    layers = {
        "conv1": Conv2d(one[11], stride=(4, 4)),
        "pool1": pool,
        "conv2": Conv2d(one[5], pads=(2,) * 4),
        "pool2": pool,
        "conv3": Conv2d(one[3], pads=(1,) * 4),
        "conv4": Conv2d(one[3], pads=(1,) * 4),
        "conv5": Conv2d(one[3], pads=(1,) * 4),
        "pool5": pool,
        "flatten": Flatten(),
        "fc6": Linear(np.ones((36, 2))),
    }
    return Chain(layers)


def test_units_must_be_within_the_layer():
    with pytest.raises(
        inverse.ParameterError, match=r"within the 55x55 of layer 'conv1', got \(55"
    ):
        receptive_field(caffenet(), (1, 227, 227, 1), "conv1", 55, 0)
