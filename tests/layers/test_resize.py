"""Resize against its formula."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Resize
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

Example = tuple[Resize, tuple[int, ...], int]
f = np.float32

SCALES = [0.4, 0.5, 0.75, 1, 1.2, 1.5, 5 / 3, 2, 3]


def naive_resize(x: Array, layer: Resize) -> Array:
    """Every pixel of y alone: the nearest pixel of x, or an average of four around its place."""
    rows, cols = (naive_axis(n, i, layer) for i, n in enumerate(x.shape[1:3]))
    y = np.zeros((len(x), len(rows), len(cols), x.shape[3]))
    for i, across in enumerate(rows):
        for j, along in enumerate(cols):
            for h, a in across:
                for w, b in along:
                    y[:, i, j] += a * b * x[:, h, w]
    return y


def naive_axis(n: int, axis: int, layer: Resize) -> list[list[tuple[int, float]]]:
    """For each pixel along an axis those it is made of, and their weights."""
    if layer.size is not None:
        m, scale = layer.size[axis], layer.size[axis] / n
    else:
        scale = layer.scales[axis]
        m = math.floor(f(n) * f(scale))
    found = []
    for i in range(m):
        u = naive_place(i, n, m, scale, layer)
        if layer.mode == "nearest":
            found.append([(min(max(naive_round(u, layer.nearest_mode), 0), n - 1), 1.0)])
        else:
            u = min(max(u, 0), n - 1)
            low = math.floor(u)
            found.append([(low, 1 - (u - low)), (min(low + 1, n - 1), u - low)])
    return found


def naive_place(i: int, n: int, m: int, scale: float, layer: Resize) -> float:
    kind = f if layer.mode == "nearest" else float
    if layer.coordinates == "align_corners":
        return i * (n - 1) / (m - 1) if m > 1 else 0.0
    if layer.coordinates == "asymmetric":
        return float(kind(i) / kind(scale))
    if layer.coordinates == "pytorch_half_pixel" and m == 1:
        return 0.0
    return float((kind(i) + kind(0.5)) / kind(scale) - kind(0.5))


def naive_round(u: float, mode: str) -> int:
    low = math.floor(u)
    if mode in ("floor", "ceil"):
        return low if mode == "floor" else math.ceil(u)
    if u - low == 0.5:
        return low + (mode == "round_prefer_ceil")
    return low + (u - low > 0.5)


def differentiable(x: Array, layer: Resize) -> Array:
    """The same in autograd.numpy."""
    rows, cols = (naive_axis(n, i, layer) for i, n in enumerate(x.shape[1:3]))
    y = [
        [sum(a * b * x[:, h, w] for h, a in across for w, b in along) for along in cols]
        for across in rows
    ]
    return anp.moveaxis(anp.array(y), 2, 0)


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape = draw(shapes(h=(1, 6), w=(1, 6), c=(2, 4)))
    given: dict[str, object] = {
        "mode": draw(st.sampled_from(["nearest", "linear"])),
        "coordinates": draw(
            st.sampled_from(["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"])
        ),
        "nearest_mode": draw(
            st.sampled_from(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
        ),
    }
    if draw(st.booleans()):
        given["size"] = tuple(draw(st.integers(1, 8)) for _ in "hw")
    else:
        fit = [[s for s in SCALES if int(f(n) * f(s)) >= 1] for n in shape[1:3]]
        given["scales"] = tuple(draw(st.sampled_from(own)) for own in fit)
    return Resize(**given), shape, draw(seeds)


@given(examples())
@settings(max_examples=200)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    assert_close(layer(x), naive_resize(x, layer))


@given(examples())
@settings(max_examples=40)
def test_resize_contract(example: Example) -> None:
    layer, shape, seed = example
    check_layer(layer, normal(seed, shape), rng=seed)
    check_adjoint(layer, normal(seed, shape), rng=seed)


@given(examples())
@settings(max_examples=20)
def test_backward_equals_autograd(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    assert_close(layer.backward(dy, cache), vjp(lambda v: differentiable(v, layer), x, dy))


@given(shapes(c=(2, 4)), st.integers(1, 3), st.integers(1, 3), seeds)
@settings(max_examples=20)
def test_copies_of_pixels_are_repetitions(
    shape: tuple[int, ...], height: int, width: int, seed: int
) -> None:
    layer, x = Resize(scales=(height, width)), normal(seed, shape)
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, x.repeat(height, axis=1).repeat(width, axis=2))
    assert_close(layer.backward(np.ones_like(y), cache), np.full(shape, float(height * width)))


@given(examples())
@settings(max_examples=60)
def test_a_pixel_depends_on_what_it_sees(example: Example) -> None:
    layer, shape, _ = example
    for axis, n in enumerate(shape[1:3]):
        pixels = naive_axis(n, axis, layer)
        seen = layer.sees(axis, 0, len(pixels) - 1)
        if seen is None:
            small = layer.scales is None or layer.scales[axis] < 1
            assert layer.scales is None or layer.coordinates == "align_corners" or small
            continue
        for i, parts in enumerate(pixels):
            low, high = layer.sees(axis, i, i)
            clipped = range(min(max(low, 0), n - 1), min(max(high, 0), n - 1) + 1)
            assert all(j in clipped for j, weight in parts if weight)
            assert seen[0] <= low <= high <= seen[1]


def test_places_are_rounded_as_onnxruntime_rounds_them() -> None:
    x = np.arange(10.0).reshape(1, 1, 10, 1)
    # pixel 4 lies at 4.5/0.6 − 0.5 = 7, a little less in float32
    assert Resize((1, 6), nearest_mode="floor")(x).ravel().tolist() == [0, 2, 3, 5, 6, 8]


def test_scales_are_float32() -> None:
    assert Resize(scales=(0.7, 0.1)).output_shape((1, 10, 10, 2)) == (1, 7, 1, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"Resize takes either a size or scales, got size None and scales None"),
        ({"size": (2, 2), "scales": (1, 1)}, r"Resize takes either a size or scales, got size \(2"),
        (
            {"size": (2, 2.5)},
            r"Resize\.size must be a pair of positive whole numbers, got \(2, 2\.5",
        ),
        ({"size": [2, 2]}, r"Resize\.size must be a pair of positive whole numbers, got \[2, 2\]"),
        ({"scales": (2, 0)}, r"Resize\.scales must be a pair of positive numbers, got \(2, 0\)"),
        ({"scales": (2,)}, r"Resize\.scales must be a pair of positive numbers, got \(2,\)"),
        ({"size": (2, 2), "mode": "cubic"}, r"Resize\.mode must be one of nearest, linear, got 'c"),
        ({"size": (2, 2), "coordinates": "half"}, r"Resize\.coordinates must be one of half_pixel"),
        (
            {"size": (2, 2), "nearest_mode": "round"},
            r"Resize\.nearest_mode must be one of round_pr",
        ),
    ],
)
def test_refuses_bad_parameters(given: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Resize(**given)


def test_refuses_bad_shapes() -> None:
    with pytest.raises(
        ShapeError, match=r"Resize by \(0\.4, 1\) leaves no pixel of images of shape"
    ):
        Resize(scales=(0.4, 1)).forward(np.ones((1, 2, 5, 3)))
    with pytest.raises(ShapeError, match=r"Resize takes arrays of shape \(N, H, W, C\), got shape"):
        Resize((2, 2)).forward(np.ones((2, 5, 3)))
