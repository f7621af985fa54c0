"""The bins of every gradient of 8-bit images, ties included, are those of the plain layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inverse.kernels import compile
from inverse.kernels.arctan_assignment import ArctanAssignment
from inverse.kernels.assignment import Assignment
from inverse.kernels.bilinear_assignment import BilinearAssignment
from inverse.kernels.hard_assignment import hard_assignment
from inverse.kernels.scratch import Scratch
from inverse.layers import ArctanOrientation, BilinearOrientation, Chain, HardOrientation
from tests.kernels.chains import hog, images


def straight_through(orientations: int) -> HardOrientation:
    return HardOrientation(orientations, straight_through=0.3)


PAIRS: list[tuple[Callable[..., Assignment], Any]] = [
    (hard_assignment, HardOrientation),
    (hard_assignment, straight_through),
    (BilinearAssignment, BilinearOrientation),
    (ArctanAssignment, ArctanOrientation),
]


def gradients(kind: str, dtype: Any) -> Any:
    """Planes (2, H, W) of gradients."""
    if kind == "8-bit":
        return np.stack(np.meshgrid(np.arange(-255, 256), np.arange(-64, 65))).astype(dtype)
    if kind == "nearly along the axes":
        big = np.repeat([-3.0, 3.0], 60)
        small = np.concatenate([10.0 ** -np.arange(30), -(10.0 ** -np.arange(30))])
        small = np.tile(small, 2)
        return np.array([[big, small], [small, big]]).transpose(1, 0, 2).astype(dtype)
    scale = 10.0 ** np.random.default_rng(0).uniform(-6, 6, (1, 97, 103))
    return (np.random.default_rng(1).standard_normal((2, 97, 103)) * scale).astype(dtype)


def chosen_bins(cache: Any) -> tuple[Any, ...]:
    """The indicator arrays of the bins that a plain layer chose."""
    if hasattr(cache, "chosen"):
        return (cache.chosen, cache.bilinear.second) if cache.bilinear else (cache.chosen,)
    return (cache.first, cache.second)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("bins", [2, 3, 4, 5, 6, 8, 9, 12, 31])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["8-bit", "nearly along the axes", "all sizes"])
def test_bins_and_values_equal_plain(pair: Any, bins: int, dtype: Any, kind: str) -> None:
    gx, gy = gradients(kind, dtype)
    assignment = pair[0](pair[1](bins), gx.shape, np.dtype(dtype), Scratch())
    assignment.forward(gx, gy)
    y, plain = pair[1](bins).forward(np.stack((gx, gy), axis=-1)[None])
    chosen = chosen_bins(plain)
    counts = y[0].any(axis=2)  # the bin of a gradient without magnitude does not matter
    dense = np.zeros_like(y[0])
    for e, b, value in zip(chosen, assignment.bins, assignment.values, strict=True):
        np.testing.assert_array_equal(b[counts], e.argmax(axis=3)[0][counts])
        np.put_along_axis(dense, b[..., None], value[..., None], axis=2)
    np.testing.assert_array_equal(dense[counts], y[0][counts])


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("kind", ["8-bit", "all sizes"])
def test_backward_equals_plain(pair: Any, kind: str) -> None:
    gx, gy = gradients(kind, np.float64)
    layer = pair[1](9)
    assignment = pair[0](layer, gx.shape, np.dtype(np.float64), Scratch())
    assignment.forward(gx, gy)
    y, cache = layer.forward(np.stack((gx, gy), axis=-1)[None])
    dy = np.random.default_rng(2).standard_normal(y.shape)
    received = tuple(
        np.take_along_axis(dy[0], b[..., None], axis=2)[..., 0].copy() for b in assignment.bins
    )
    dgx, dgy = np.empty_like(gx), np.empty_like(gy)
    assignment.backward(received, dgx, dgy)
    expected = layer.backward(dy, cache)[0]
    np.testing.assert_allclose(dgx, expected[..., 0], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(dgy, expected[..., 1], rtol=1e-10, atol=1e-10)


def test_a_program_with_straight_through_equals_its_chain() -> None:
    layers = hog().layers | {"orientation": straight_through(9)}
    chain, x = Chain(layers), images("8-bit", (1, 40, 51, 1), 0, np.float64)
    program = compile(chain, x.shape, x.dtype)
    y, cache = program.forward(x)
    expected, plain = chain.forward(x)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    dy = np.random.default_rng(3).standard_normal(y.shape)
    np.testing.assert_allclose(program.backward(dy, cache), chain.backward(dy, plain), atol=1e-12)
