"""BilinearOrientation against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import BilinearOrientation
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, one_hot, seeds, shapes, vjp

orientations = st.integers(2, 11)
gradients = shapes(h=(1, 7), w=(1, 7), c=(2, 2), n=(1, 3))


def naive_directions(orientations: int) -> Array:
    """The 2K unit vectors; their rounding to float32 is VLFeat's."""
    angle = np.arange(orientations) * np.pi / orientations
    u = np.stack((np.cos(angle), np.sin(angle)), axis=1).astype(np.float32).astype(np.float64)
    return np.concatenate((u, -u)) / np.linalg.norm(np.concatenate((u, u)), axis=1)[:, None]


def naive_bilinear_orientation(g: Array, orientations: int) -> Array:
    """Each gradient's magnitude, shared between the two directions nearest to it."""
    y = np.zeros((*g.shape[:3], 2 * orientations))
    for at in np.ndindex(*g.shape[:3]):
        magnitude = np.hypot(*g[at])
        cosines = [(u @ g[at]) / magnitude for u in naive_directions(orientations)]
        best, second = sorted(range(2 * orientations), key=lambda b: -cosines[b])[:2]
        weight = np.arccos(min(cosines[best], 1)) * orientations / np.pi
        y[at][best] = magnitude * (1 - weight)
        y[at][second] = magnitude * weight
    return y


def differentiable(g: Array, first: Array, second: Array, directions: Array) -> Array:
    """The same in autograd.numpy, by the arctangent: its derivative is exact at every angle."""
    u = first @ directions
    along = u[..., 0] * g[..., 0] + u[..., 1] * g[..., 1]
    across = u[..., 0] * g[..., 1] - u[..., 1] * g[..., 0]
    weight = anp.abs(anp.arctan2(across, along))[..., None] * (len(directions) / 2 / np.pi)
    magnitude = anp.sqrt(anp.sum(g**2, axis=3))[..., None]
    return magnitude * ((1 - weight) * first + weight * second)


@given(gradients, orientations, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], k: int, seed: int) -> None:
    g = normal(seed, shape)
    # An arccosine near 1 is known to the root of the rounding error only.
    assert_close(BilinearOrientation(k)(g), naive_bilinear_orientation(g, k), rtol=1e-7)


@given(shapes(c=(2, 2), n=(3, 4)), orientations, seeds)
def test_bilinear_orientation_contract(shape: tuple[int, ...], k: int, seed: int) -> None:
    check_layer(BilinearOrientation(k), normal(seed, shape), rng=seed)


@given(gradients, orientations, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], k: int, seed: int) -> None:
    g, dy = normal(seed, shape), normal(seed + 1, (*shape[:3], 2 * k))
    layer = BilinearOrientation(k)
    directions = naive_directions(k)
    order = np.argsort(-(g @ directions.T), axis=3)
    first, second = one_hot(order[..., 0], 2 * k), one_hot(order[..., 1], 2 * k)
    expected = vjp(lambda v: differentiable(v, first, second, directions), g, dy)
    assert_close(layer.backward(dy, layer.forward(g)[1]), expected, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vertical_gradients_are_halved_between_their_two_bins(dtype: type) -> None:
    y = BilinearOrientation(9)(np.array([[[[0, 8], [0, -8]]]], dtype=dtype))[0, 0]
    assert np.flatnonzero(y[0]).tolist() == [4, 5]
    assert np.flatnonzero(y[1]).tolist() == [13, 14]
    np.testing.assert_allclose(y[y > 0], 4, rtol=1e-5)


def test_a_gradient_along_a_direction_has_the_slope_of_its_magnitude() -> None:
    layer = BilinearOrientation(2)
    y, cache = layer.forward(np.array([[[[3.0, 0.0]]]]))
    assert y.tolist() == [[[[3, 0, 0, 0]]]]
    assert layer.backward(np.array([[[[1.0, 2.0, 5.0, 7.0]]]]), cache).tolist() == [[[[1, 0]]]]


def test_no_gradient_gives_zero() -> None:
    layer = BilinearOrientation(4)
    y, cache = layer.forward(np.zeros((1, 2, 3, 2)))
    assert not y.any()
    assert not layer.backward(normal(0, y.shape), cache).any()


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError,
        match=r"BilinearOrientation\.orientations must be a whole number of at least 2, got 1",
    ):
        BilinearOrientation(1)


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"BilinearOrientation takes 2 channels, got shape"):
        BilinearOrientation().forward(np.zeros((1, 3, 4, 5)))
    with pytest.raises(ShapeError, match=r"BilinearOrientation takes arrays of shape \(N, H, W, C"):
        BilinearOrientation().forward(np.zeros((3, 2)))
