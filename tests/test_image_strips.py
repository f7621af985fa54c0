"""The strips of an image give its code, and their losses and gradients add up to its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import inverse
from inverse import Euclidean, InnerProduct, image_strips
from inverse.image_strips import can_cut, loss_on_rows
from inverse.layers import Chain, Clamp, ImageGradient, Layer
from tests.kernels.chains import chains, dsift, hog
from tests.support import assert_close, normal, seeds


@pytest.fixture(autouse=True, scope="module")
def small_images_too() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_strips, "LEAST_PIXELS", 1)
        patch.setattr(image_strips, "MOST_ROWS", 3)
        yield


def cut(layer: Chain, shape: Any) -> list[image_strips.Strip]:
    return image_strips.strips(layer, shape)


@settings(deadline=None, max_examples=60)
@given(chains, st.integers(2, 5), st.integers(17, 90), st.integers(17, 31), seeds)
def test_codes_and_gradients_of_strips_make_those_of_the_image(
    chain: Chain, position: int, height: int, width: int, seed: int
) -> None:
    chain = chain.until(list(chain.layers)[position])
    x = 50 * normal(seed, (2, height, width, 1))
    parts = cut(chain, x.shape)
    assume(len(parts) > 1 and min(part.height for part in parts) >= 3)
    y, cache = chain.forward(x)
    dy = normal(seed + 1, y.shape)
    dx = np.zeros_like(x)
    codes = []
    for part in parts:
        own, own_cache = chain.forward(x[:, part.rows])
        codes.append(own[:, part.kept])
        own_dy = np.zeros_like(own)
        own_dy[:, part.kept] = dy[:, part.code]
        dx[:, part.rows] += chain.backward(own_dy, own_cache)
        assert part.height == len(x[0, part.rows])
    assert_close(np.concatenate(codes, axis=1), y, 1e-10)
    assert_close(dx, chain.backward(dy, cache), 1e-10)


@pytest.mark.parametrize("kind", [Euclidean, InnerProduct])
@pytest.mark.parametrize("shape", [None, (1, 9, 5, 3), (1, 9, 1, 1), (5, 3), (3,)])
def test_losses_on_rows_add_up(kind: Any, shape: Any) -> None:
    target, y = normal(0, (1, 9, 5, 3)), normal(1, (2, 9, 5, 3))
    loss = kind(target, None if shape is None else np.abs(normal(2, shape)))
    value, gradient = loss.value_and_grad(y)
    rows = [slice(0, 4), slice(4, 9)]
    found = [loss_on_rows(loss, part).value_and_grad(y[:, part]) for part in rows]
    np.testing.assert_allclose(sum(v for v, _ in found), value, rtol=1e-12)
    np.testing.assert_allclose(np.concatenate([g for _, g in found], axis=1), gradient)


def test_what_can_be_cut() -> None:
    loss = Euclidean(np.ones((1, 4, 4, 2)))
    for layer in (hog(), dsift(), hog().until("cells"), dsift().until("clamp")):
        assert can_cut(layer, loss)

    class Own(Euclidean):
        """A loss of somebody's own, which need not be a sum."""

    others: list[tuple[Layer, Any]] = [
        (hog(), Own(loss.target)),
        (hog().until("orientation"), loss),
        (Chain({"all": hog()}), loss),
        (ImageGradient(), loss),
        (Chain({**hog().layers, "own": type("Own", (Clamp,), {})()}), loss),
    ]
    for layer, its_loss in others:
        assert not can_cut(layer, its_loss)


def test_how_many_strips() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_strips, "LEAST_PIXELS", 1 << 13)
        patch.setattr(image_strips, "MOST_ROWS", 7 / 6)
        for size, phi, count in (
            (100, inverse.hog(), 1),  # too few pixels
            (128, inverse.hog(), 1),  # too much in common
            (256, inverse.hog(), 2),
            (256, inverse.dsift(5, 15), 2),
            (1024, inverse.hog(), 4),
            (1024, inverse.dsift(), 8),
        ):
            parts = image_strips.strips(phi.layer, (1, size, size, 1))
            assert len(parts) == count
            assert sum(part.height for part in parts) <= 7 / 6 * size


def test_no_more_strips_than_rows_of_code() -> None:
    assert len(cut(hog(), (1, 24, 24, 1))) == 2
    assert len(cut(dsift(), (1, 13, 13, 1))) == 1
