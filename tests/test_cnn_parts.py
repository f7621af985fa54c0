"""Inversion of a part of a layer's code: what it depends on moves, and nothing else."""

import numpy as np
import pytest

import inverse
from inverse import ShapeError
from inverse.focus import focus
from inverse.losses import Euclidean, InnerProduct
from inverse.masks import Part
from inverse.optimize import Stages
from inverse.presets import cvpr2015
from inverse.receptive_field import Box


@pytest.fixture(scope="module")
def small():
    return inverse.cnn("small")


@pytest.fixture(scope="module")
def hat():
    return inverse.photos.photo("hat")


def outside(box, shape):
    """True where a pixel is outside of the box."""
    mask = np.ones(shape[:2], dtype=bool)
    mask[box.top : box.bottom, box.left : box.right] = False
    return mask


@pytest.mark.parametrize(
    ("name", "part", "units"),
    [
        ("pool1", Part(neighborhood=(2, 3)), ((6, 6), (7, 8))),
        ("conv2", Part(neighborhood=(1, 1), at=(0, 14)), ((0, 14), (0, 14))),
        ("conv1", Part(neighborhood=(1, 1), at=(2, 30)), ((2, 30), (2, 30))),
        ("norm1", Part(neighborhood=(2, 2), at=(13, 0), group=(1, 2)), ((13, 0), (14, 1))),
        ("conv3", Part(neighborhood=(1, 1), at=(0, 0), channels=[3, 5]), ((0, 0), (0, 0))),
    ],
)
def test_pixels_outside_of_the_field_are_left_to_the_prior(small, hat, name, part, units):
    phi = small.until(name)
    # the smaller the part, the steeper its data term is
    preset = cvpr2015(phi).replace(schedule=Stages(((1e-8, 5),)), lambda_tv=0.0)
    boxes = [small.receptive_field(name, *unit) for unit in units]
    box = Box(*boxes[0][:2], *boxes[1][2:])
    beyond = outside(box, small.input_shape[1:])
    assert beyond.any()
    # the gradient of the data is exactly 0 there
    code = phi(phi.encode(hat))
    weights = part.mask(code.shape[1:]).astype(np.float32)
    layer, loss = focus(phi.layer, small.input_shape[1:], code, weights, Euclidean)
    x = np.random.default_rng(0).normal(0, 60, small.input_shape).astype(np.float32)
    y, cache = layer.forward(x)
    _, dy = loss.value_and_grad(y)
    dx = layer.backward(dy, cache)
    assert not dx[0, beyond].any()
    assert dx.any()
    # and the focused gradient is that of the whole code under the mask
    y, cache = phi.forward(x)
    _, dy = Euclidean(code, weights).value_and_grad(y)
    np.testing.assert_allclose(dx, phi.backward(dy, cache), atol=1e-5 * abs(dx).max())
    # so that without a prior these pixels stay at their start
    start = inverse.inversion.noise(small.input_shape, 3)[0]
    result = inverse.invert(phi, hat, preset=preset.replace(lambda_alpha=0.0), mask=part, rng=3)
    found = result.minimum.x[0]
    assert np.array_equal(found[beyond], start[beyond])
    assert not np.array_equal(found[~beyond], start[~beyond])
    # and with one they do not depend on the picture
    a, b = (inverse.invert(phi, photo, preset=preset, mask=part, rng=3) for photo in (hat, 1 - hat))
    assert np.array_equal(a.image[beyond], b.image[beyond])
    assert not np.array_equal(a.image, b.image)


@pytest.mark.parametrize(
    "part",
    [
        Part(group=(0, 2)), Part(channels=[0, 7, 9]), Part(unit=(3, 4, 5)),
        Part(neighborhood=(3, 3)),
        Part(neighborhood=(5, 5), group=(1, 2)),
    ],
)  # fmt: skip
def test_a_part_is_a_mask(small, hat, part):
    phi = small.until("norm2")
    preset = cvpr2015(phi).replace(steps=8)
    mask = part.mask(phi.output_shape(small.input_shape)[1:]).astype(np.float32)
    a = inverse.invert(phi, hat, preset=preset, mask=part)
    b = inverse.invert(phi, hat, preset=preset, mask=mask[None])
    assert np.array_equal(a.image, b.image)
    assert a.relative_error == b.relative_error
    assert np.array_equal(a.mask, mask)


def test_parts_that_are_not_within_the_code(small, hat):
    for name, part, words in (
        ("pool5", Part(neighborhood=(5, 5)), "must be within the code of 3x3 places"),
        ("fc6", Part(neighborhood=(5, 5)), "takes a code"),
        ("fc8", Part(unit=(10,)), r"unit \(10,\) must be within the code of shape \(10,\)"),
        ("conv1", Part(channels=[64]), "channels must be below 64"),
        ("conv1", Part(group=(0, 3)), "64 channels cannot be cut into 3 equal groups"),
    ):
        with pytest.raises(ShapeError, match=words):
            inverse.invert(small.until(name), hat, mask=part)


@pytest.mark.parametrize(("name", "unit"), [("fc8", (3,)), ("conv3", (3, 3, 17))])
def test_an_inner_product_excites_a_unit(small, hat, name, unit):
    phi = small.until(name)
    code = np.zeros(phi.output_shape(small.input_shape), dtype=np.float32)
    code[(0, *unit)] = 1
    preset = cvpr2015(phi).replace(steps=60)
    result = inverse.invert(
        phi, code, image_shape=small.input_shape[1:], preset=preset, loss=InnerProduct,
        mask=Part(unit=unit),
    )  # fmt: skip
    before = phi(result.sigma * inverse.inversion.noise(small.input_shape, 0))
    after = result.codes[0]
    assert after[unit] > before[(0, *unit)] + 1
    assert after[unit] > hat.mean()
