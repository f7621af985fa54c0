"""BlockNormalization against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import BlockNormalization
from inverse.testing import check_layer
from tests.support import Array, assert_close, positive, seeds, shapes, vjp

epsilons = st.sampled_from([1e-4, 0.3])
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
grids = shapes(h=(1, 7), w=(1, 7), c=(2, 10)).filter(lambda shape: shape[3] % 2 == 0)


def naive_block_normalization(h: Array, epsilon: float) -> Array:
    """Each cell's z = (h, u) four times, divided by the energy of the blocks at its corners."""
    n, rows, cols, channels = h.shape
    k = channels // 2
    y = np.zeros((n, rows, cols, 4, 3 * k))
    for b, i, j in np.ndindex(n, rows, cols):
        u = h[b, i, j, :k] + h[b, i, j, k:]
        z = np.concatenate((h[b, i, j], u))
        for m, (down, right) in enumerate(CORNERS):
            block = 0.0
            for p in (i + down - 1, i + down):
                for q in (j + right - 1, j + right):
                    cell = h[b, min(max(p, 0), rows - 1), min(max(q, 0), cols - 1)]
                    block += np.sum((cell[:k] + cell[k:]) ** 2)
            y[b, i, j, m] = z / np.sqrt(block + epsilon)
    return y.reshape(n, rows, cols, 12 * k)


def differentiable(h: Array, epsilon: float) -> Array:
    """The same in autograd.numpy."""
    rows, cols, channels = h.shape[1:]
    u = h[..., : channels // 2] + h[..., channels // 2 :]
    energy = anp.sum(u**2, axis=3)
    z = anp.concatenate((h, u), axis=3)
    i = np.clip(np.arange(-1, rows + 1), 0, rows - 1)
    j = np.clip(np.arange(-1, cols + 1), 0, cols - 1)
    around = energy[:, i][:, :, j]
    copies = []
    for down, right in CORNERS:
        block = sum(
            around[:, down + p : down + p + rows, right + q : right + q + cols] for p, q in CORNERS
        )
        copies.append(z / anp.sqrt(block + epsilon)[..., None])
    return anp.concatenate(copies, axis=3)


@given(grids, epsilons, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    h = positive(seed, shape)
    assert_close(BlockNormalization(epsilon)(h), naive_block_normalization(h, epsilon))


@given(grids, epsilons, seeds)
def test_block_normalization_contract(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    check_layer(BlockNormalization(epsilon), positive(seed, shape), rng=seed)


@given(grids, epsilons, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], epsilon: float, seed: int) -> None:
    layer = BlockNormalization(epsilon)
    h = positive(seed, shape)
    y, cache = layer.forward(h)
    dy = positive(seed + 1, y.shape) - 0.5
    expected = vjp(lambda v: differentiable(v, epsilon), h, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError, match=r"BlockNormalization\.epsilon must be positive, got 0"
    ):
        BlockNormalization(0)


@pytest.mark.parametrize("channels", [0, 5])
def test_refuses_an_odd_number_of_channels(channels: int) -> None:
    with pytest.raises(
        ShapeError, match=r"BlockNormalization takes 2K direction channels, got shape"
    ):
        BlockNormalization().forward(np.zeros((1, 3, 4, channels)))


def test_refuses_another_rank() -> None:
    with pytest.raises(
        ShapeError, match=r"BlockNormalization takes arrays of shape \(N, H, W, C\)"
    ):
        BlockNormalization().forward(np.zeros((3, 4)))
