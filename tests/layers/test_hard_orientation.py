"""HardOrientation against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import HardOrientation
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, one_hot, seeds, shapes, vjp

orientations = st.integers(2, 11)
gradients = shapes(h=(1, 7), w=(1, 7), c=(2, 2), n=(1, 3))


def naive_hard_orientation(g: Array, orientations: int) -> Array:
    """Each gradient's magnitude, in the bin of the direction nearest to it."""
    y = np.zeros((*g.shape[:3], 2 * orientations))
    for at in np.ndindex(*g.shape[:3]):
        nearest, score = 0, 0.0
        for k in range(orientations):
            angle = k * np.pi / orientations
            u = np.float32(np.cos(angle)), np.float32(np.sin(angle))
            along = g[at][0] * u[0] + g[at][1] * u[1]
            if abs(along) > abs(score):
                nearest, score = k, along
        y[at][nearest if score >= 0 else nearest + orientations] = np.hypot(*g[at])
    return y


@given(gradients, orientations, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], k: int, seed: int) -> None:
    g = normal(seed, shape)
    assert_close(HardOrientation(k)(g), naive_hard_orientation(g, k))


@given(shapes(c=(2, 2), n=(3, 4)), orientations, seeds)
def test_hard_orientation_contract(shape: tuple[int, ...], k: int, seed: int) -> None:
    check_layer(HardOrientation(k), normal(seed, shape), rng=seed)


@given(gradients, orientations, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], k: int, seed: int) -> None:
    g, dy = normal(seed, shape), normal(seed + 1, (*shape[:3], 2 * k))
    layer = HardOrientation(k)
    y, cache = layer.forward(g)
    chosen = one_hot(np.argmax(y, axis=3), 2 * k)
    expected = vjp(lambda v: anp.sqrt(anp.sum(v**2, axis=3))[..., None] * chosen, g, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def naive_turning(g: Array, dy: Array, orientations: int) -> Array:
    """By how much turning each gradient changes ⟨dy, y⟩, y shared between its nearest two bins."""
    dg = np.zeros_like(g)
    for at in np.ndindex(*g.shape[:3]):
        size, angle = np.hypot(*g[at]), np.arctan2(g[at][1], g[at][0])
        turns = angle * orientations / np.pi
        low = int(np.floor(turns))
        first, second = dy[at][low % (2 * orientations)], dy[at][(low + 1) % (2 * orientations)]
        slope = size * (second - first) * orientations / np.pi  # d⟨dy, y⟩/d angle
        dg[at] = slope * np.array([-g[at][1], g[at][0]]) / size**2
    return dg


@given(gradients, orientations, seeds, st.floats(0.01, 3))
def test_straight_through_adds_what_turning_would_change(
    shape: tuple[int, ...], k: int, seed: int, weight: float
) -> None:
    g, dy = normal(seed, shape), normal(seed + 1, (*shape[:3], 2 * k))
    plain, surrogate = HardOrientation(k), HardOrientation(k, straight_through=weight)
    (y, cache), (same, own) = plain.forward(g), surrogate.forward(g)
    assert np.array_equal(same, y)
    expected = plain.backward(dy, cache) + weight * naive_turning(g, dy, k)
    assert_close(surrogate.backward(dy, own), expected, rtol=1e-9)


def test_straight_through_is_finite_and_keeps_float32() -> None:
    layer = HardOrientation(4, straight_through=np.float64(0.3))
    y, cache = layer.forward(np.zeros((1, 2, 3, 2), dtype=np.float32))
    dx = layer.backward(np.ones_like(y), cache)
    assert dx.dtype == np.float32
    assert not dx.any()


def test_straight_through_is_no_derivative() -> None:
    check_layer(HardOrientation(9), normal(0, (3, 4, 5, 2)))
    with pytest.raises(AssertionError):
        check_layer(HardOrientation(9, straight_through=0.3), normal(0, (3, 4, 5, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [3, 5, 9])
def test_vertical_gradients_take_the_smaller_bin(k: int, dtype: type) -> None:
    # For odd K the vertical lies halfway between the directions (K − 1)/2 and (K + 1)/2.
    g = np.array([[[[0, 7], [0, -7], [0, 0.3]]]], dtype=dtype)
    bins = np.argmax(HardOrientation(k)(g), axis=3)[0, 0]
    assert bins.tolist() == [(k - 1) // 2, (k - 1) // 2 + k, (k - 1) // 2]


def test_no_gradient_gives_zero() -> None:
    layer = HardOrientation(4)
    y, cache = layer.forward(np.zeros((1, 2, 3, 2)))
    assert not y.any()
    assert not layer.backward(normal(0, y.shape), cache).any()


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError,
        match=r"HardOrientation\.orientations must be a whole number of at least 2, got 1",
    ):
        HardOrientation(1)
    with pytest.raises(
        ParameterError,
        match=r"HardOrientation\.straight_through must be at least 0 and finite, got -0\.1",
    ):
        HardOrientation(9, straight_through=-0.1)


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"HardOrientation takes 2 channels, got shape"):
        HardOrientation().forward(np.zeros((1, 3, 4, 5)))
    with pytest.raises(ShapeError, match=r"HardOrientation takes arrays of shape \(N, H, W, C\)"):
        HardOrientation().forward(np.zeros((3, 2)))
