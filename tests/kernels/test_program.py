"""Compiled chains against plain ones: the same values, ties and gradients, image by image."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import InputError, ShapeError
from inverse.kernels import compile
from inverse.layers import (
    AveragePool2d,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    Concat,
    Flatten,
    Graph,
    ImageGradient,
    L2Normalization,
    Layer,
    Node,
)
from inverse.layers.graph import INPUT
from tests.kernels.chains import KINDS, chains, dsift, hog, images
from tests.support import assert_close, normal, seeds

dtypes = st.sampled_from([np.float32, np.float64])
sizes = st.tuples(st.integers(1, 3), st.integers(17, 40), st.integers(17, 41), st.integers(1, 4))


def run(layer: Layer, x: Any, seed: int) -> tuple[Any, Any]:
    """y, and dx for a random dy."""
    y, cache = layer.forward(x)
    return y, layer.backward(normal(seed, y.shape).astype(x.dtype), cache)


def assert_equals_plain(chain: Chain, x: Any, seed: int) -> None:
    rtol = 1e-5 if x.dtype == np.float32 else 1e-10
    program = compile(chain, x.shape, x.dtype)
    # as it is, written down, and repeated
    for i, image in enumerate((x, x[:, ::-1], x)):
        y, dx = run(program, image, seed + i)
        expected, dx_expected = run(chain, image, seed + i)
        assert y.dtype == dx.dtype == x.dtype
        assert_close(y, expected, rtol)
        assert_close(dx, dx_expected, rtol)


@settings(deadline=None, max_examples=60)
@given(chains, sizes, st.sampled_from(KINDS), dtypes, seeds)
def test_histograms_equal_plain(chain: Chain, shape: Any, kind: str, dtype: Any, seed: int) -> None:
    pooled = chain.until(list(chain.layers)[2])
    assert_equals_plain(pooled, images(kind, shape, seed, dtype), seed)


@settings(deadline=None, max_examples=60)
@given(chains, sizes, st.sampled_from(KINDS), seeds)
def test_whole_chains_equal_plain(chain: Chain, shape: Any, kind: str, seed: int) -> None:
    x = images(kind, shape, seed, np.float64)
    y, dx = run(compile(chain, x.shape, x.dtype), x, seed)
    expected, dx_expected = run(chain, x, seed)
    assert_close(y, expected, 1e-10)
    # a feature within rounding of the clamp may pass its gradient in one and not in the other
    if not near_clamp(chain, x):
        assert_close(dx, dx_expected, 1e-10)


def near_clamp(chain: Chain, x: Any) -> bool:
    normalized = chain.until("normalization")(x)
    return bool((np.abs(normalized - 0.2) < 1e-12).any())


@pytest.mark.parametrize("chain", [hog(), hog(bilinear=True), hog(4, 5), dsift(), dsift(8, 5, 15)])
@pytest.mark.parametrize("channels", [1, 3])
def test_float32_equals_plain_on_an_image(chain: Chain, channels: int) -> None:
    x = images("noise", (2, 70, 83, channels), 3, np.float32)
    assert_equals_plain(chain, x, 4)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 9), st.booleans(), st.integers(1, 7), st.integers(1, 6), seeds)
def test_block_histogram_equals_plain(
    k: int, texture: bool, rows: int, cols: int, seed: int
) -> None:
    layers = {"n": BlockNormalization(0.3), "c": Clamp(0.25), "s": BlockSum(texture)}
    assert_equals_plain(Chain(layers), np.abs(normal(seed, (2, rows, cols, 2 * k))), seed)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 7), st.integers(1, 6), st.booleans(), seeds)
def test_clamped_normalization_equals_plain(
    channels: int, rows: int, cols: int, zero: bool, seed: int
) -> None:
    layers = {"n": L2Normalization(0.1), "c": Clamp(0.4), "r": L2Normalization(0.02)}
    x = normal(seed, (2, rows, cols, channels))
    if zero:
        x[:, 0] = 0
    assert_equals_plain(Chain(layers), x, seed)


@pytest.mark.parametrize("chain", [hog(5, 4), hog(5, 4, bilinear=True), dsift(6, 2, 3)])
@pytest.mark.parametrize("position", range(6))
def test_chain_cut_anywhere_equals_plain(chain: Chain, position: int) -> None:
    cut = chain.until(list(chain.layers)[position])
    assert_equals_plain(cut, images("noise", (2, 19, 23, 1), 5, np.float64), 6)


@pytest.mark.parametrize("order", [("fine", "coarse"), ("coarse", "fine")])
def test_two_sizes_in_one_program_do_not_meet_in_scratch(order: tuple[str, str]) -> None:
    scales = {
        "fine": Chain({"hog": hog(), "flat": Flatten()}),
        "coarse": Chain({"half": AveragePool2d((2, 2), (2, 2)), "hog": hog(), "flat": Flatten()}),
    }
    nodes = {name: Node(scales[name], (INPUT,)) for name in order}
    graph = Graph({**nodes, "both": Node(Concat(-1), order)})
    x = normal(1, (2, 48, 64, 1))
    program = compile(graph, x.shape, x.dtype)
    for i in range(3):
        image = x * (i + 1) + i
        assert_close(program.forward(image)[0], graph(image), 1e-10)


def test_chain_in_a_chain_and_single_layer() -> None:
    x = images("noise", (2, 19, 23, 1), 5, np.float64)
    assert_equals_plain(Chain({"all": hog(5, 4), "limit": Clamp(0.1)}), x, 1)
    program = compile(ImageGradient(), x.shape, x.dtype)
    np.testing.assert_array_equal(program(x), ImageGradient()(x))


@pytest.mark.parametrize("chain", [hog(), hog(bilinear=True), dsift(), dsift(8, 5, 15)])
def test_image_of_a_batch_is_what_it_is_alone(chain: Chain) -> None:
    x = images("noise", (5, 61, 66, 1), 8, np.float32)
    y, dx = run(compile(chain, x.shape, x.dtype), x, 2)
    dy = normal(2, y.shape).astype(x.dtype)
    alone = compile(chain, (1, *x.shape[1:]), x.dtype)
    for n in range(len(x)):
        y_n, cache = alone.forward(x[n : n + 1])
        np.testing.assert_array_equal(y_n[0], y[n])
        np.testing.assert_array_equal(alone.backward(dy[n : n + 1], cache)[0], dx[n])


@pytest.mark.parametrize("chain", [hog(), hog(bilinear=True), dsift(), dsift(8, 5, 15)])
def test_program_has_no_memory(chain: Chain) -> None:
    used = compile(chain, (2, 50, 47, 3), np.float32)
    kept = []
    for seed, kind in enumerate(("noise", "zero", "8-bit", "few levels", "noise")):
        x = images(kind, (2, 50, 47, 3), seed, np.float32)
        before = x.copy()
        fresh = run(compile(chain, x.shape, x.dtype), x, seed)
        y, dx = run(used, x, seed)
        kept.append(((y.copy(), dx), fresh))
        np.testing.assert_array_equal(x, before)
    for again, fresh in kept:
        np.testing.assert_array_equal(again[0], fresh[0])
        np.testing.assert_array_equal(again[1], fresh[1])


def test_programs_in_two_threads_do_not_meet() -> None:
    chain = hog(bilinear=True)
    xs = [images("noise", (2, 64, 64, 1), seed, np.float32) for seed in range(2)]
    expected = [run(compile(chain, x.shape, x.dtype), x, 0) for x in xs]

    def often(i: int) -> None:
        program = compile(chain, xs[i].shape, np.float32)
        for _ in range(30):
            y, dx = run(program, xs[i], 0)
            np.testing.assert_array_equal(y, expected[i][0])
            np.testing.assert_array_equal(dx, expected[i][1])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(often, range(2)))


@pytest.mark.parametrize("chain", [hog(), hog(bilinear=True), dsift()])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_stays_visible(chain: Chain, value: float) -> None:
    x = images("noise", (2, 40, 40, 1), 0, np.float32)
    x[0, 20, 20] = value
    with np.errstate(all="ignore"):
        y, dx = run(compile(chain, x.shape, x.dtype), x, 0)
    assert not np.isfinite(y[0]).all()
    assert not np.isfinite(dx[0]).all()
    assert np.isfinite(y[1]).all()
    assert np.isfinite(dx[1]).all()


def test_only_the_compiled_shape_and_dtype() -> None:
    program = compile(hog(), (2, 32, 40, 1), np.float32)
    assert program.output_shape((2, 32, 40, 1)) == (2, 4, 5, 31)
    message = r"Program was compiled for shape \(2, 32, 40, 1\), got shape \(1, 32, 40, 1\)"
    with pytest.raises(ShapeError, match=message):
        program.forward(np.zeros((1, 32, 40, 1), np.float32))
    with pytest.raises(ShapeError, match=message):
        program.output_shape((1, 32, 40, 1))
    with pytest.raises(InputError, match="Program was compiled for float32 arrays, got float64"):
        program.forward(np.zeros((2, 32, 40, 1)))
    _, cache = program.forward(np.zeros((2, 32, 40, 1), np.float32))
    with pytest.raises(ShapeError, match=r"compiled for shape \(2, 4, 5, 31\), got shape \(2, 4,"):
        program.backward(np.zeros((2, 4, 5, 30), np.float32), cache)


def test_refuses_an_older_cache() -> None:
    program = compile(CellPooling(2), (1, 8, 8, 3), np.float64)
    y, old = program.forward(np.ones((1, 8, 8, 3)))
    program.forward(np.zeros((1, 8, 8, 3)))
    with pytest.raises(InputError, match="takes the cache of the last forward, 2, got 1"):
        program.backward(y, old)


def test_refuses_what_cannot_be_compiled() -> None:
    with pytest.raises(InputError, match="Program takes float32 or float64 arrays, got int64"):
        compile(hog(), (1, 32, 32, 1), np.int64)
    with pytest.raises(ShapeError, match="layer 'gradient': ImageGradient takes images"):
        compile(hog(), (1, 2, 32, 1), np.float32)
