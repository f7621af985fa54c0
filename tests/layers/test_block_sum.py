"""BlockSum against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ShapeError
from inverse.layers import BlockSum
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

copies = shapes(h=(1, 6), w=(1, 6), c=(1, 4)).map(lambda s: (*s[:3], 12 * s[3]))


def naive_block_sum(y: Array, texture: bool) -> Array:
    """Half the sum of the four copies, and each copy's undirected channels summed for texture."""
    k = y.shape[3] // 12
    out = np.zeros((*y.shape[:3], 3 * k + 4 * texture))
    for at in np.ndindex(*y.shape[:3]):
        for m in range(4):
            copy = y[at][3 * k * m : 3 * k * (m + 1)]
            for channel in range(3 * k):
                out[at][channel] += 0.5 * copy[channel]
            if texture:
                out[at][3 * k + m] = sum(copy[2 * k :]) / np.sqrt(18)
    return out


def differentiable(y: Array, texture: bool) -> Array:
    """The same in autograd.numpy."""
    k = y.shape[3] // 12
    parts = [y[..., 3 * k * m : 3 * k * (m + 1)] for m in range(4)]
    out = 0.5 * sum(parts)
    if not texture:
        return out
    sums = [anp.sum(part[..., 2 * k :], axis=3, keepdims=True) / np.sqrt(18) for part in parts]
    return anp.concatenate((out, *sums), axis=3)


@given(copies, st.booleans(), seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], texture: bool, seed: int) -> None:
    x = normal(seed, shape)
    assert_close(BlockSum(texture)(x), naive_block_sum(x, texture))


@given(copies, st.booleans(), seeds)
def test_block_sum_contract(shape: tuple[int, ...], texture: bool, seed: int) -> None:
    check_layer(BlockSum(texture), normal(seed, shape), rng=seed)


@given(copies, st.booleans(), seeds)
def test_adjoint_contract(shape: tuple[int, ...], texture: bool, seed: int) -> None:
    check_adjoint(BlockSum(texture), normal(seed, shape), rng=seed)


@given(copies, st.booleans(), seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], texture: bool, seed: int) -> None:
    layer = BlockSum(texture)
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: differentiable(v, texture), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


@pytest.mark.parametrize("channels", [0, 6, 13])
def test_refuses_other_numbers_of_channels(channels: int) -> None:
    with pytest.raises(ShapeError, match=r"BlockSum takes four copies of 3K channels, got shape"):
        BlockSum().forward(np.zeros((1, 2, 3, channels)))


def test_refuses_another_rank() -> None:
    with pytest.raises(ShapeError, match=r"BlockSum takes arrays of shape \(N, H, W, C\)"):
        BlockSum().forward(np.zeros((3, 12)))
