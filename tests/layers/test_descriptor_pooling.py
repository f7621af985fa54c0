"""DescriptorPooling against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import DescriptorPooling
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

BINS = 4
layers = st.builds(
    DescriptorPooling,
    bin_size=st.integers(1, 3),
    step=st.integers(1, 5),
    weighting=st.sampled_from(["gaussian", "flat"]),
    window_size=st.sampled_from([0.7, 1.5, 2.0]),
)
maps = shapes(h=(10, 14), w=(10, 14), c=(1, 5))


def naive_descriptor_pooling(x: Array, layer: DescriptorPooling) -> Array:
    """Weighted sums around the 4×4 bin centers of every descriptor; outside, the border pixel."""
    n, height, width, channels = x.shape
    s, step = layer.bin_size, layer.step
    rows, cols = ((size - 1 - 3 * s) // step + 1 for size in (height, width))
    y = np.zeros((n, rows, cols, BINS * BINS * channels))
    offsets = range(-s + 1, s)
    for i, j, by, bx in np.ndindex(rows, cols, BINS, BINS):
        total = np.zeros((n, channels))
        for v in offsets:
            for u in offsets:
                h = min(max(step * i + s * by + v, 0), height - 1)
                w = min(max(step * j + s * bx + u, 0), width - 1)
                total += naive_kernel(v, by, layer) * naive_kernel(u, bx, layer) * x[:, h, w]
        first = channels * (bx + BINS * by)
        y[:, i, j, first : first + channels] = total
    return y


def naive_kernel(u: int, b: int, layer: DescriptorPooling) -> float:
    s = layer.bin_size
    offsets = [u] if layer.weighting == "gaussian" else list(range(-s + 1, s))
    delta = s * (b - 1.5)
    gaussian = [np.exp(-0.5 * ((o + delta) / (s * layer.window_size)) ** 2) for o in offsets]
    return (1 - abs(u) / s) * float(np.mean(gaussian))


def differentiable(x: Array, layer: DescriptorPooling) -> Array:
    """The same in autograd.numpy, by one matrix K[i, b, h] an axis."""
    n, height, width, channels = x.shape
    rows, cols = (naive_matrix(size, layer) for size in (height, width))
    y = anp.einsum("iah,jbw,nhwc->nijabc", rows, cols, x)
    return anp.reshape(y, (n, len(rows), len(cols), BINS * BINS * channels))


def naive_matrix(size: int, layer: DescriptorPooling) -> Array:
    s = layer.bin_size
    matrix = np.zeros(((size - 1 - 3 * s) // layer.step + 1, BINS, size))
    for i, b in np.ndindex(*matrix.shape[:2]):
        for u in range(-s + 1, s):
            h = min(max(layer.step * i + s * b + u, 0), size - 1)
            matrix[i, b, h] += naive_kernel(u, b, layer)
    return matrix


@given(maps, layers, seeds)
def test_equals_the_naive_definition(
    shape: tuple[int, ...], layer: DescriptorPooling, seed: int
) -> None:
    x = normal(seed, shape)
    assert_close(layer(x), naive_descriptor_pooling(x, layer))


@given(maps, layers, seeds)
def test_descriptor_pooling_contract(
    shape: tuple[int, ...], layer: DescriptorPooling, seed: int
) -> None:
    check_layer(layer, normal(seed, shape), rng=seed)


@given(maps, layers, seeds)
def test_adjoint_contract(shape: tuple[int, ...], layer: DescriptorPooling, seed: int) -> None:
    check_adjoint(layer, normal(seed, shape), rng=seed)


@given(maps, layers, seeds)
def test_backward_equals_autograd(
    shape: tuple[int, ...], layer: DescriptorPooling, seed: int
) -> None:
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: differentiable(v, layer), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def test_refuses_bad_parameters() -> None:
    refused = {
        r"DescriptorPooling\.bin_size must be a whole number of at least 1, got 0": {"bin_size": 0},
        r"DescriptorPooling\.step must be a whole number of at least 1, got 0": {"step": 0},
        r"DescriptorPooling\.weighting must be 'gaussian' or 'flat', got 'box'": {
            "weighting": "box"
        },
        r"DescriptorPooling\.window_size must be positive, got -1": {"window_size": -1},
    }
    for message, parameters in refused.items():
        with pytest.raises(ParameterError, match=message):
            DescriptorPooling(**parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 12, 20, 8), (1, 20, 12, 8)])
def test_refuses_images_without_room_for_a_descriptor(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"at least 13x13 pixels for bins of 4, got shape"):
        DescriptorPooling(4).forward(np.zeros(shape))
    assert DescriptorPooling(4)(np.zeros((1, 13, 13, 8))).shape == (1, 1, 1, 128)


def test_refuses_another_rank() -> None:
    with pytest.raises(ShapeError, match=r"DescriptorPooling takes arrays of shape \(N, H, W, C\)"):
        DescriptorPooling().forward(np.zeros((20, 20)))
