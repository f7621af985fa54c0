"""ImageGradient against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import ImageGradient
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, one_hot, seeds, shapes, vjp

borders = st.sampled_from(["zero", "one-sided"])
scales = st.sampled_from([0.5, 1.0, 3.0])


def naive_image_gradient(x: Array, scale: float, border: str) -> Array:
    """At each pixel, the central differences of the channel in which they are largest."""
    n, height, width, channels = x.shape
    g = np.zeros((n, height, width, 2))
    for b, i, j in np.ndindex(n, height, width):
        if border == "zero" and (i in (0, height - 1) or j in (0, width - 1)):
            continue
        largest = -1.0
        for c in range(channels):
            gx = naive_difference(x[b, i, :, c], j, scale)
            gy = naive_difference(x[b, :, j, c], i, scale)
            if gx**2 + gy**2 > largest:
                largest = gx**2 + gy**2
                g[b, i, j] = gx, gy
    return g


def naive_difference(line: Array, j: int, scale: float) -> float:
    if j == 0:
        return 2 * scale * (line[1] - line[0])
    if j == len(line) - 1:
        return 2 * scale * (line[j] - line[j - 1])
    return scale * (line[j + 1] - line[j - 1])


def differentiable(x: Array, scale: float, border: str) -> Array:
    """The same in autograd.numpy; the choice of the channel is constant."""
    ends_x = 2 * (x[:, :, 1:2] - x[:, :, :1]), 2 * (x[:, :, -1:] - x[:, :, -2:-1])
    ends_y = 2 * (x[:, 1:2] - x[:, :1]), 2 * (x[:, -1:] - x[:, -2:-1])
    gx = scale * anp.concatenate((ends_x[0], x[:, :, 2:] - x[:, :, :-2], ends_x[1]), axis=2)
    gy = scale * anp.concatenate((ends_y[0], x[:, 2:] - x[:, :-2], ends_y[1]), axis=1)
    inside = np.zeros(x.shape[1:3])
    inside[1:-1, 1:-1] = 1
    kept = inside[..., None] if border == "zero" else 1.0
    chosen = one_hot(anp.argmax(gx**2 + gy**2, axis=3), x.shape[3])
    return anp.stack([anp.sum(g * kept * chosen, axis=3) for g in (gx, gy)], axis=3)


@given(shapes(), scales, borders, seeds)
def test_equals_the_naive_definition(
    shape: tuple[int, ...], scale: float, border: str, seed: int
) -> None:
    x = normal(seed, shape)
    assert_close(ImageGradient(scale, border)(x), naive_image_gradient(x, scale, border))


@given(shapes(), scales, borders, seeds)
def test_image_gradient_contract(
    shape: tuple[int, ...], scale: float, border: str, seed: int
) -> None:
    check_layer(ImageGradient(scale, border), normal(seed, shape), rng=seed)


@given(shapes(c=(1, 1)), scales, borders, seeds)
def test_adjoint_contract_of_one_channel(
    shape: tuple[int, ...], scale: float, border: str, seed: int
) -> None:
    check_adjoint(ImageGradient(scale, border), normal(seed, shape), rng=seed)


@given(shapes(), scales, borders, seeds)
def test_backward_equals_autograd(
    shape: tuple[int, ...], scale: float, border: str, seed: int
) -> None:
    x, dy = normal(seed, shape), normal(seed + 1, (*shape[:3], 2))
    layer = ImageGradient(scale, border)
    expected = vjp(lambda v: differentiable(v, scale, border), x, dy)
    assert_close(layer.backward(dy, layer.forward(x)[1]), expected, rtol=1e-9)


def test_the_first_of_equal_channels_takes_the_gradient() -> None:
    x = np.repeat(normal(0, (2, 4, 5, 1)), 3, axis=3)
    layer = ImageGradient()
    dx = layer.backward(normal(1, (2, 4, 5, 2)), layer.forward(x)[1])
    assert np.abs(dx[..., 0]).max() > 0
    assert not dx[..., 1:].any()


def test_refuses_bad_parameters() -> None:
    with pytest.raises(ParameterError, match=r"ImageGradient\.scale must be positive, got 0"):
        ImageGradient(0)
    with pytest.raises(
        ParameterError, match=r"ImageGradient\.border must be 'zero' or 'one-sided', got 'wrap'"
    ):
        ImageGradient(border="wrap")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 2, 5, 1), (1, 5, 2, 1), (1, 5, 5, 0)])
def test_refuses_small_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"ImageGradient takes images of at least 3x3 pixels, got"):
        ImageGradient().forward(np.zeros(shape))


def test_refuses_another_rank() -> None:
    with pytest.raises(ShapeError, match=r"ImageGradient takes arrays of shape \(N, H, W, C\)"):
        ImageGradient().forward(np.zeros((5, 5)))
