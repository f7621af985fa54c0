"""LocalResponseNorm against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import LocalResponseNorm
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

layers = st.builds(
    LocalResponseNorm,
    size=st.integers(1, 8),
    alpha=st.sampled_from([0.0, 1e-4, 0.3, 2.0]),
    beta=st.sampled_from([0.5, 0.75, 1.0, 1.3]),
    bias=st.sampled_from([0.5, 1.0, 2.0]),
)
maps = shapes(h=(1, 5), w=(1, 5), c=(1, 9))


def window(layer: LocalResponseNorm, c: int, channels: int) -> range:
    """The channels around c; one more above than below if their number is even."""
    below, above = (layer.size - 1) // 2, layer.size - 1 - (layer.size - 1) // 2
    return range(max(0, c - below), min(channels, c + above + 1))


def naive_local_response_norm(x: Array, layer: LocalResponseNorm) -> Array:
    """Each value, divided by a power of the energy of its neighbors across channels."""
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        *place, c = at
        energy = sum(x[(*place, j)] ** 2 for j in window(layer, c, x.shape[-1]))
        y[at] = x[at] / (layer.bias + layer.alpha * energy) ** layer.beta
    return y


def differentiable(x: Array, layer: LocalResponseNorm) -> Array:
    """The same in autograd.numpy, channel by channel."""
    channels = []
    for c in range(x.shape[-1]):
        energy = sum(x[..., j] ** 2 for j in window(layer, c, x.shape[-1]))
        channels.append(x[..., c] * (layer.bias + layer.alpha * energy) ** -layer.beta)
    return anp.stack(channels, axis=-1)


@given(maps, layers, seeds, st.integers(2, 4))
@settings(max_examples=50)
def test_equals_the_naive_definition(
    shape: tuple[int, ...], layer: LocalResponseNorm, seed: int, rank: int
) -> None:
    x = normal(seed, shape[-rank:])
    assert_close(layer(x), naive_local_response_norm(x, layer))


@given(maps, layers, seeds)
@settings(max_examples=50)
def test_local_response_norm_contract(
    shape: tuple[int, ...], layer: LocalResponseNorm, seed: int
) -> None:
    check_layer(layer, normal(seed, shape), rng=seed)


@given(maps, layers, seeds)
@settings(max_examples=50)
def test_backward_equals_autograd(
    shape: tuple[int, ...], layer: LocalResponseNorm, seed: int
) -> None:
    x, dy = normal(seed, shape), normal(seed + 1, shape)
    expected = vjp(lambda v: differentiable(v, layer), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


def test_an_even_window_has_one_more_channel_above() -> None:
    x = np.array([[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]])
    layer = LocalResponseNorm(4, alpha=1.0)
    assert [list(window(layer, c, 5)) for c in (0, 2)] == [[0, 1, 2], [1, 2, 3, 4]]
    energy = layer.forward(x)[1].energy - 1
    assert energy.tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]


def test_the_usual_exponent_by_square_roots_is_the_power() -> None:
    x = 100 * normal(0, (3, 50))
    near = LocalResponseNorm(beta=np.nextafter(0.75, 1))
    assert_close(LocalResponseNorm()(x), near(x), rtol=1e-14)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 0}, r"LocalResponseNorm\.size must be a whole number of at least 1, got 0"),
        ({"alpha": -1}, r"LocalResponseNorm\.alpha must not be negative, got -1"),
        ({"beta": 0}, r"LocalResponseNorm\.beta must be positive, got 0"),
        ({"bias": 0}, r"LocalResponseNorm\.bias must be positive, got 0"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LocalResponseNorm(**given)


def test_refuses_arrays_without_channels() -> None:
    with pytest.raises(ShapeError, match=r"LocalResponseNorm takes arrays with an axis -1 after"):
        LocalResponseNorm().forward(np.ones(3))
