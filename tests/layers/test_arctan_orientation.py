"""ArctanOrientation against its formula."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import ArctanOrientation
from inverse.layers.arctan_orientation import fast_arctangent
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, one_hot, seeds, shapes, vjp

bins = st.integers(2, 11)
gradients = shapes(h=(1, 7), w=(1, 7), c=(2, 2), n=(1, 3))


def naive_arctan_orientation(g: Array, bins: int) -> Array:
    """Each gradient's magnitude, shared by angle between the two directions nearest to it."""
    out = np.zeros((*g.shape[:3], bins))
    for at in np.ndindex(*g.shape[:3]):
        x, y = g[at]
        magnitude = math.hypot(x, y) if x * x + y * y >= 1e-8 else 0.0
        t = (naive_arctangent(x, y) * bins / (2 * math.pi)) % bins
        low = math.floor(t)
        out[at][low % bins] += magnitude * (1 - (t - low))
        out[at][(low + 1) % bins] += magnitude * (t - low)
    return out


def naive_arctangent(x: float, y: float) -> float:
    a = abs(y) + 2.0**-23
    if x >= 0:
        r, base = (x - a) / (abs(x) + a), math.pi / 4
    else:
        r, base = (x + a) / (abs(x) + a), 3 * math.pi / 4
    angle = base + (0.1821 * r**2 - 0.9675) * r
    return -angle if y < 0 else angle


def differentiable(g: Array, bins: int) -> Array:
    """The same in autograd.numpy; the bins are constant."""
    x, y = g[..., 0], g[..., 1]
    a = anp.abs(y) + 2.0**-23
    r = anp.where(x >= 0, x - a, x + a) / (anp.abs(x) + a)
    base = anp.where(x >= 0, np.pi / 4, 3 * np.pi / 4)
    angle = anp.where(y < 0, -1.0, 1.0) * (base + (0.1821 * r**2 - 0.9675) * r)
    t = angle * bins / (2 * np.pi)
    t = anp.where(t < 0, t + bins, t)
    low = anp.floor(t)
    first, second = one_hot(low % bins, bins), one_hot((low + 1) % bins, bins)
    part = (t - low)[..., None]
    magnitude = anp.sqrt(x**2 + y**2)[..., None]
    return magnitude * ((1 - part) * first + part * second)


@given(gradients, bins, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], count: int, seed: int) -> None:
    g = normal(seed, shape)
    assert_close(ArctanOrientation(count)(g), naive_arctan_orientation(g, count))


@given(shapes(c=(2, 2), n=(3, 4)), bins, seeds)
def test_arctan_orientation_contract(shape: tuple[int, ...], count: int, seed: int) -> None:
    check_layer(ArctanOrientation(count), normal(seed, shape), rng=seed)


@given(gradients, bins, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], count: int, seed: int) -> None:
    g, dy = normal(seed, shape), normal(seed + 1, (*shape[:3], count))
    layer = ArctanOrientation(count)
    expected = vjp(lambda v: differentiable(v, count), g, dy)
    assert_close(layer.backward(dy, layer.forward(g)[1]), expected, rtol=1e-9)


def test_the_angle_is_near_the_arctangent() -> None:
    turn = np.linspace(-np.pi, np.pi, 1001)[1:-1]
    angle, _ = fast_arctangent(np.cos(turn), np.sin(turn))
    assert 0.005 < np.abs(angle - turn).max() < 0.011


@pytest.mark.parametrize(
    ("g", "size"), [((0.0, 0.0), 0.0), ((6e-5, 0.0), 0.0), ((2e-4, 0.0), 2e-4)]
)
def test_gradients_below_the_floor_give_zero(g: tuple[float, float], size: float) -> None:
    layer = ArctanOrientation()
    y, cache = layer.forward(np.array([[[g]]]))
    assert y.sum() == pytest.approx(size)
    assert layer.backward(normal(0, y.shape), cache).any() == (size > 0)


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError, match=r"ArctanOrientation\.bins must be a whole number of at least 2, got 1"
    ):
        ArctanOrientation(1)


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"ArctanOrientation takes 2 channels, got shape"):
        ArctanOrientation().forward(np.zeros((1, 3, 4, 5)))
    with pytest.raises(ShapeError, match=r"ArctanOrientation takes arrays of shape \(N, H, W, C\)"):
        ArctanOrientation().forward(np.zeros((3, 2)))
