"""Chain against its formula, on chains with the shapes of HOG and dense SIFT."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import InputError, ParameterError, ShapeError
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
    Layer,
)
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

normalizing = Chain({"scale": L2Normalization(0.1), "clamp": Clamp(0.2), "again": Clamp(0.1)})


def naive_chain(x: Array, layers: list[Layer]) -> Array:
    """One layer after another."""
    for layer in layers:
        x, _ = layer.forward(x)
    return x


def hog(orientation: Layer) -> Chain:
    return Chain(
        {
            "gradient": ImageGradient(),
            "orientation": orientation,
            "cells": CellPooling(3),
            "normalization": BlockNormalization(),
            "clamp": Clamp(),
            "sum": BlockSum(),
        }
    )


def dsift() -> Chain:
    return Chain(
        {
            "gradient": ImageGradient(0.5, "one-sided"),
            "orientation": ArctanOrientation(5),
            "pooling": DescriptorPooling(2, 3),
            "normalization": L2Normalization(),
            "clamp": Clamp(),
            "renormalization": L2Normalization(),
        }
    )


chains = st.sampled_from([hog(HardOrientation(5)), hog(BilinearOrientation(4)), dsift()])
images = shapes(h=(7, 12), w=(7, 12), c=(1, 3))


@given(images, chains, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], chain: Chain, seed: int) -> None:
    x = 100 * normal(seed, shape)
    np.testing.assert_array_equal(chain(x), naive_chain(x, [layer for _, layer in chain]))


@given(images, chains, seeds)
def test_chain_contract(shape: tuple[int, ...], chain: Chain, seed: int) -> None:
    check_layer(chain, 100 * normal(seed, shape), rng=seed)


@given(shapes(c=(2, 9)), seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], seed: int) -> None:
    def differentiable(v: Array) -> Array:
        v = v / (anp.sqrt(anp.sum(v**2, axis=3, keepdims=True)) + 0.1)
        return anp.where(v <= 0.1, v, 0.1)

    x, dy = normal(seed, shape), normal(seed + 1, shape)
    expected = vjp(differentiable, x, dy)
    assert_close(normalizing.backward(dy, normalizing.forward(x)[1]), expected, rtol=1e-9)


def test_until_ends_with_the_named_layer() -> None:
    x = normal(0, (2, 9, 11, 1))
    pooled = dsift().until("pooling")
    assert list(pooled.layers) == ["gradient", "orientation", "pooling"]
    assert_close(pooled(x), naive_chain(x, list(pooled.layers.values())))


def test_shapes_are_those_of_every_layer() -> None:
    found = hog(HardOrientation(5)).shapes((2, 9, 11, 1))
    assert found["orientation"] == (2, 9, 11, 10)
    assert found["cells"] == (2, 3, 4, 10)
    assert found["sum"] == (2, 3, 4, 19)


def test_refuses_to_be_empty() -> None:
    with pytest.raises(ParameterError, match=r"Chain\.layers must hold at least one layer"):
        Chain({})


def test_refuses_an_unknown_name() -> None:
    with pytest.raises(
        ParameterError, match=r"layer must be one of scale, clamp, again, got 'relu'"
    ):
        normalizing.until("relu")


def test_an_error_names_the_failing_layer() -> None:
    with pytest.raises(ShapeError, match=r"layer 'pooling': DescriptorPooling takes images that"):
        dsift().forward(np.zeros((1, 5, 9, 1)))


def test_integers_are_refused() -> None:
    chain = Chain({"clamp": Clamp()})
    with pytest.raises(InputError, match="Chain takes float32 or float64 arrays, got uint8"):
        chain(np.zeros((1, 4, 4, 1), dtype=np.uint8))
