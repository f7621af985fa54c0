"""Presets: published constants, balance between image sizes, optimizers."""

import math
import re

import numpy as np
import pytest

import inverse
from inverse.layers import CellPooling, Chain
from inverse.optimize import Adam, ExponentialDecay, Momentum, Smoothed
from inverse.presets import REFERENCE_SIZE, Preset, cvpr2015, default, fast

SMALL = inverse.cnn("small")
HOGB = inverse.hog(bilinear=True)


def test_published_constants():
    preset = cvpr2015(HOGB)
    assert preset.lambda_alpha == pytest.approx(2.157e8, rel=1e-3)
    assert (preset.alpha, preset.beta, preset.lambda_tv, preset.momentum) == (6, 2, 0.5, 0.9)
    assert [count for _, count in preset.schedule.stages] == [200] * 4
    conv1 = cvpr2015(SMALL.until("conv1"))
    assert [round(rate, 9) for rate, _ in conv1.schedule.stages] == [4e-3, 4e-4, 4e-5]
    assert [count for _, count in conv1.schedule.stages] == [100, 200, 100]


@pytest.mark.parametrize(
    ("layer", "weight"),
    [("conv1", 0.5), ("relu2", 0.5), ("pool2", 5), ("relu4", 5), ("conv5", 50), ("fc8", 50)],
)
def test_total_variation_by_depth(layer, weight):
    assert cvpr2015(SMALL.until(layer)).lambda_tv == weight
    assert fast(SMALL.until(layer)).lambda_tv == weight


def test_other_networks_by_relative_depth():
    net = inverse.cnn("small")
    assert net.depth == 1
    assert cvpr2015(net).lambda_tv == 50


@pytest.mark.parametrize(
    ("phi", "first", "smoothing", "straight_through"),
    [
        (inverse.hog(), 8, 1.5, 0.3),
        (HOGB, 16, 1.5, 0),
        (inverse.dsift(), 16, 1.5, 0),
        (SMALL.until("conv2"), 32, 1, 0),
        (inverse.Representation("mine", Chain({"cells": CellPooling(4)})), 32, 1, 0),
    ],
    ids=["hog", "hogb", "dsift", "small", "mine"],
)
def test_fast_has_constants_for_three_kinds(phi, first, smoothing, straight_through):
    preset, published = fast(phi), cvpr2015(phi)
    assert default(phi) == preset
    assert preset.schedule.rate(0) * phi.sigma == pytest.approx(first)
    assert (preset.smoothing, preset.straight_through) == (smoothing, straight_through)
    assert (preset.lambda_tv, preset.lambda_alpha) == (published.lambda_tv, published.lambda_alpha)
    assert published.straight_through == 0


def test_fast_takes_steps_in_grey_levels_for_every_image_size():
    preset = fast(HOGB)
    for shape in ((10, 12, 1), (227, 227, 3)):
        optimizer = preset.optimizer(shape)
        assert isinstance(optimizer, Smoothed)
        assert isinstance(optimizer.optimizer, Adam)
        x = np.zeros((1, *shape))
        moved, _ = optimizer.step(x, np.ones_like(x), optimizer.init(x))
        sigma = HOGB.sigma * math.sqrt(math.prod(shape))
        assert sigma * moved == pytest.approx(np.full_like(x, -16), rel=1e-6)


def test_every_constant_reaches_the_optimizer():
    preset = fast(HOGB).replace(momentum=0.7, decay=0.6, smoothing=1.25)
    smoothed = preset.optimizer((8, 8, 1))
    assert (smoothed.power, smoothed.optimizer.momentum) == (1.25, 0.7)
    assert smoothed.optimizer.decay == 0.6


def test_momentum_is_plain_unless_smoothed():
    assert isinstance(cvpr2015().optimizer((8, 8, 1)), Momentum)
    assert isinstance(cvpr2015().replace(smoothing=0.5).optimizer((8, 8, 1)), Smoothed)


def test_a_resized_picture_is_as_smooth_to_the_prior_as_it_was():
    """A ramp over 227 columns, and the same ramp over 113.5: one weighted total variation."""
    values = []
    for width in (454, 227):
        x = np.broadcast_to(np.linspace(0, 1, width), (width, width))[None, :, :, None]
        x = np.repeat(x, 3, axis=3) / math.sqrt(3 * width * width)
        preset = cvpr2015(SMALL.until("conv1"))
        term = preset.terms(x.shape[1:])["tv"]
        values.append(term.weight * term.regularizer.value_and_grad(x)[0][0])
    assert values[0] == pytest.approx(values[1], rel=0.02)


def test_a_pixel_representation_is_balanced_by_the_number_of_values_alone():
    term = cvpr2015(HOGB).terms((256, 256, 1))
    assert term["tv"].weight == 0.5
    size = 256 * 256 / REFERENCE_SIZE
    assert term["alpha"].weight == pytest.approx(cvpr2015().lambda_alpha * size**2)


def test_the_record_has_every_constant():
    record = fast(HOGB).as_dict()
    assert record["method"] == "adam"
    assert record["schedule"].startswith("ExponentialDecay(")
    assert isinstance(record["smoothing"], float)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "newton"}, "Preset.method must be 'momentum' or 'adam', got 'newton'"),
        ({"smoothing": -1}, "Preset.smoothing must be at least 0 and finite, got -1"),
        ({"decay": 1.0}, "Adam.decay must be in [0, 1), got 1.0"),
        ({"start_norm": 0}, "Preset.start_norm must be positive and finite, got 0"),
        ({"start_color": -1}, "Preset.start_color must be at least 0 and finite, got -1"),
        ({"straight_through": "x"}, "Preset.straight_through must be at least 0 and finite"),
        ({"lambda_tv": math.nan}, "Preset.lambda_tv must be at least 0 and finite, got nan"),
    ],
)
def test_refuses_bad_parameters(changes, message):
    preset = Preset(1.0, 6.0, 1.0, 2.0, ExponentialDecay(0.1, 0.01, 5), method="adam")
    with pytest.raises(inverse.ParameterError, match=re.escape(message)):
        preset.replace(**changes)
