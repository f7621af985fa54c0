"""invert(): codes and pictures in, images and figures out; restarts; what goes wrong."""

import numpy as np
import pytest

import inverse
from inverse.codes import photo_distance
from inverse.layers import CellPooling, Chain, ImageGradient
from inverse.layers.graph import as_graph
from inverse.noise import noise
from inverse.optimize import Stages
from inverse.representations.surrogate import with_straight_through

PHOTO = inverse.photos.photo("hat")[64:144, 80:176]
HOGB = inverse.hog(bilinear=True)
SMALL = inverse.cnn("small")


def quick(phi, steps=60, **changes):
    return inverse.presets.cvpr2015(phi).replace(steps=steps, **changes)


@pytest.mark.parametrize(
    ("phi", "error", "correlation"),
    [
        (inverse.hog(), 0.4, 0.5),
        (inverse.hog(bilinear=True), 0.12, 0.65),
        (inverse.dsift(5, 15), 0.12, 0.8),
    ],
    ids=["hog", "hogb", "dsift"],
)
def test_reconstructions_have_the_code_and_look_like_the_photo(phi, error, correlation):
    photo = inverse.photos.photo("shirt")[60:188, 60:188]
    result = inverse.invert(phi, photo, preset=quick(phi, 240))
    assert result.relative_error < error
    original = inverse.grey(photo)
    assert inverse.metrics.pixel_correlation(result.image, original) > correlation
    y = phi(phi.encode(result.image))
    target = phi(phi.encode(photo))
    assert inverse.metrics.relative_error(y, target) == pytest.approx(result.relative_error, 1e-2)


@pytest.mark.parametrize(
    ("phi", "least"),
    [(inverse.hog(), 0.5), (HOGB, 0.7), (inverse.dsift(5, 15), 0.7), (SMALL.until("conv3"), 0.95)],
    ids=["hog", "hogb", "dsift", "small"],
)
def test_half_the_published_steps_end_lower(phi, least):
    """By the default preset, which minimizes the same energy."""
    photo = inverse.photos.photo("shirt")[60:188, 60:188]
    published, default = inverse.presets.cvpr2015(phi), inverse.presets.default(phi)
    steps = published.steps // 2
    slow = inverse.invert(phi, photo, preset=published.replace(steps=steps))
    fast = inverse.invert(phi, photo, preset=default.replace(steps=steps // 2))
    assert fast.terms.keys() == slow.terms.keys()
    assert fast.energy < least * slow.energy


def test_the_surrogate_leaves_codes_and_representation_alone():
    phi, straight = inverse.hog(), inverse.presets.fast(inverse.hog()).replace(steps=30)
    result = inverse.invert(phi, PHOTO, preset=straight)
    assert phi.layer.layers["orientation"].straight_through == 0
    # float32: a picture of values 0-1 keeps grey levels to 1e-5
    assert result.codes[0] == pytest.approx(phi(phi.encode(result.image))[0], abs=1e-4)
    plain = inverse.invert(phi, PHOTO, preset=straight.replace(straight_through=0.0))
    assert result.energy < 0.8 * plain.energy


def test_the_surrogate_replaces_the_layer_of_chains_and_graphs_alone():
    chain = inverse.hog().layer
    for layer in (chain, as_graph(chain)):
        changed = with_straight_through(layer, 0.25)
        assert [n for n, part in changed if part is not layer.layers[n]] == ["orientation"]
        assert changed.layers["orientation"].straight_through == 0.25
        assert type(changed) is type(layer)
        assert with_straight_through(changed, 0.25) is changed
        assert with_straight_through(layer, 0.0) is layer


def test_a_code_gives_the_same_as_the_picture_it_comes_from():
    from_photo = inverse.invert(HOGB, PHOTO, preset=quick(HOGB))
    assert from_photo.target == pytest.approx(HOGB(HOGB.encode(PHOTO)), abs=1e-5)
    for code in (from_photo.target, from_photo.target[0]):
        from_code = inverse.invert(HOGB, code, image_shape=(80, 96), preset=quick(HOGB))
        assert np.array_equal(from_code.image, from_photo.image)
    assert from_code.original is None


@pytest.mark.parametrize("kind", [inverse.presets.cvpr2015, inverse.presets.fast])
def test_restarts_are_what_they_are_alone(kind):
    preset = kind(HOGB).replace(steps=60)
    together = inverse.invert(HOGB, PHOTO, restarts=3, rng=7, preset=preset)
    rng = np.random.default_rng(7)
    alone = [inverse.invert(HOGB, PHOTO, rng=rng, preset=preset) for _ in range(3)]
    for i in range(3):
        assert together.images[i] == pytest.approx(alone[i].image, abs=1e-5)
        assert together.energies[i] == pytest.approx(alone[i].energy, rel=1e-5)
    assert together.best == int(np.argmin(together.energies))
    assert not np.allclose(together.images[0], together.images[1], atol=0.05)


def test_the_same_seed_gives_the_same_image():
    first, second = (inverse.invert(HOGB, PHOTO, rng=3, preset=quick(HOGB, 20)) for _ in range(2))
    assert np.array_equal(first.image, second.image)


def test_float64_stays_float64():
    result = inverse.invert(HOGB, PHOTO.astype(np.float64), preset=quick(HOGB, 4))
    assert result.image.dtype == np.float64
    result = inverse.invert(HOGB, PHOTO, preset=quick(HOGB, 4))
    assert result.image.dtype == np.float32


def test_color_codes_give_color_images():
    x = 255 * PHOTO[None] - 128
    result = inverse.invert(HOGB, HOGB(x), image_shape=(80, 96, 3), preset=quick(HOGB, 20))
    assert result.image.shape == (80, 96, 3)
    assert 0 < result.code_error < 1


def test_a_truncated_chain_and_a_layer_of_ones_own():
    phi = HOGB.until("cells")
    gentle = quick(phi).replace(schedule=Stages(((4e-4, 60),)))
    assert inverse.invert(phi, PHOTO, preset=gentle).relative_error < 0.3
    chain = Chain({"gradient": ImageGradient(), "cells": CellPooling(4)})
    result = inverse.invert(chain, PHOTO, preset=gentle)
    assert result.representation.name == "chain"
    assert inverse.invert(ImageGradient(), PHOTO, preset=gentle).relative_error < 0.9


def test_a_mask_leaves_the_rest_free():
    mask = np.zeros((10, 12, 1))
    mask[3:7, 4:8] = 1
    result = inverse.invert(HOGB, PHOTO, mask=mask, preset=quick(HOGB, 100))
    difference = (result.codes[0] - result.target[0]) ** 2
    inside, outside = difference[3:7, 4:8].mean(), difference[:2].mean()
    assert inside < 0.2 * outside


def test_an_object_with_forward_and_backward_is_a_representation():
    class Blocks:
        """Means of 4×4 pixels, in plain NumPy."""

        def forward(self, x):
            n, h, w, c = x.shape
            return x.reshape(n, h // 4, 4, w // 4, 4, c).mean(axis=(2, 4)), x.shape

        def backward(self, dy, shape):
            return np.repeat(np.repeat(dy, 4, axis=1), 4, axis=2) / 16

    result = inverse.invert(Blocks(), PHOTO, preset=quick(HOGB, 120))
    assert result.representation.name == "blocks"
    assert result.relative_error < 0.3


def test_numpy_scalars_do_not_promote():
    preset = quick(HOGB, 4, lambda_tv=np.float64(0.5), beta=np.float32(2), momentum=np.float64(0.9))
    code = HOGB(HOGB.encode(PHOTO))
    shape = tuple(np.array([80, 96]))
    result = inverse.invert(HOGB, code, image_shape=shape, preset=preset, rng=np.int64(3))
    assert result.image.dtype == np.float32
    assert result.summary()["seed"] == 3


def test_parts_belong_to_the_iterate_that_is_returned():
    preset = quick(HOGB).replace(schedule=Stages(((10.0, 50),)))
    result = inverse.invert(HOGB, PHOTO, preset=preset)
    assert sum(p[0] for p in result.minimum.parts.values()) == pytest.approx(result.energy)


def test_snapshots_history_and_figures():
    result = inverse.invert(HOGB, PHOTO, snapshots=10, preset=quick(HOGB, 20), restarts=2)
    assert [t for t, _ in result.snapshots] == [0, 10, 20]
    assert np.array_equal(result.snapshots[-1][1][1], result.images[1])
    assert result.history["energy"].shape == (21, 2)
    assert set(result.history) == {"energy", "data", "alpha", "tv"}
    data = result.history["data"][-1, result.best]
    assert result.relative_error == pytest.approx(np.sqrt(data), rel=1e-4)
    assert result.stop == "completed 20 steps"


def test_code_error_divides_by_the_distance_of_photos():
    given = inverse.invert(HOGB, PHOTO, normalizer=2.0, preset=quick(HOGB, 4))
    default = inverse.invert(HOGB, PHOTO, preset=quick(HOGB, 4))
    ratio = photo_distance(HOGB, (80, 96, 1)) / 2.0
    assert given.code_error == pytest.approx(default.code_error * ratio, rel=1e-6)


def test_code_error_is_unknown_for_images_of_two_channels():
    code = HOGB(100 * np.random.default_rng(0).standard_normal((1, 40, 48, 2)))
    result = inverse.invert(
        HOGB, code, image_shape=(40, 48, 2), preset=quick(HOGB, 4), progress=True
    )
    assert np.isnan(result.code_error)
    assert result.summary()["code_error"] == [None]
    assert result.relative_error < 2


def test_noise_is_of_norm_one_and_drawn_image_after_image():
    rng = np.random.default_rng(5)
    batch, single = noise((3, 4, 5, 2), 5), [noise((1, 4, 5, 2), rng)[0] for _ in range(3)]
    assert np.array_equal(batch, single)
    assert np.linalg.norm(batch.reshape(3, -1), axis=1) == pytest.approx(1, rel=1e-6)


def test_colored_noise_falls_with_frequency():
    colored = noise((2, 64, 48, 1), 5, norm=0.3, color=1.0)
    # rounded to float32
    assert np.linalg.norm(colored.reshape(2, -1), axis=1) == pytest.approx(0.3, rel=1e-6)
    rng = np.random.default_rng(5)
    alone = [noise((1, 64, 48, 1), rng, norm=0.3, color=1.0)[0] for _ in range(2)]
    assert np.array_equal(colored, alone)
    spectrum = np.abs(np.fft.fft2(colored, axes=(1, 2))).mean(axis=(0, 3))
    assert spectrum[:4, :4].mean() > 5 * spectrum[28:32, 20:24].mean()


def test_divergence_is_reported_and_the_best_iterate_kept():
    preset = quick(HOGB).replace(schedule=Stages(((10.0, 50),)))
    result = inverse.invert(HOGB, PHOTO, preset=preset)
    assert "the energy diverges" in result.stop or "not finite" in result.stop
    assert np.isfinite(result.image).all()
    assert result.energy == pytest.approx(np.nanmin(result.history["energy"]))


def test_a_flat_photo_has_an_empty_code():
    with pytest.raises(inverse.InputError, match="target must not be all zero"):
        inverse.invert(HOGB, np.full((64, 64), 0.5), preset=quick(HOGB))


def test_interruption_carries_the_result():
    def interrupt(step):
        if step.t == 5:
            raise KeyboardInterrupt

    with pytest.raises(inverse.Interrupted) as caught:
        inverse.invert(HOGB, PHOTO, preset=quick(HOGB), callbacks=[interrupt])
    assert caught.value.result.stop == "interrupted after 5 steps"
    assert caught.value.result.image.shape == (80, 96)


CODE = np.zeros((1, 10, 12, 31))


CODE_SHAPE = r"80x80x1 image by hogb must have shape \(1, 10, 10, 31\) or \(10, 10, 31\), got"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"target": np.zeros((2, 40, 40, 3))}, inverse.ShapeError, "grey takes images"),
        ({"target": np.full((40, 40), np.nan)}, inverse.InputError, "must have finite values"),
        ({"target": CODE, "image_shape": (80, 80)}, inverse.ShapeError, CODE_SHAPE),
        ({"target": CODE, "image_shape": (80,)}, inverse.ShapeError, r"must be \(H, W\)"),
        ({"target": CODE, "image_shape": (0, 80)}, inverse.ShapeError, r"must be \(H, W\)"),
        ({"target": CODE * np.nan, "image_shape": (80, 96)}, inverse.InputError, "must be finite"),
        ({"target": CODE.astype(int), "image_shape": (80, 96)}, inverse.InputError, "got int64"),
        (
            {"restarts": 0},
            inverse.ParameterError,
            "invert.restarts must be a whole number >= 1, got 0",
        ),
        ({"restarts": 2.0}, inverse.ParameterError, "must be a whole number >= 1, got 2.0"),
        ({"target": CODE, "image_shape": 80}, inverse.ShapeError, r"must be \(H, W\)"),
        ({"target": 255 * PHOTO}, inverse.InputError, "must have values 0-1, got"),
        ({"rng": -1}, inverse.ParameterError, "an int >= 0, got -1"),
        ({"rng": "x"}, inverse.ParameterError, "an int >= 0, got 'x'"),
        ({"snapshots": 0}, inverse.ParameterError, "Snapshots.every must be"),
        ({"mask": np.ones(7)}, inverse.ShapeError, "mask must broadcast"),
        ({"target": PHOTO[:3]}, inverse.ShapeError, "hogb, layer 'cells'"),
        ({"normalizer": -1.0}, inverse.ParameterError, "normalizer must be positive, got -1"),
        (
            {"representation": "hog"},
            inverse.ParameterError,
            "must have the methods forward and backward, got str",
        ),
    ],
)
def test_errors(arguments, error, message):
    arguments = {"representation": HOGB, "target": PHOTO, "preset": quick(HOGB, 4)} | arguments
    with pytest.raises(error, match=message):
        inverse.invert(**arguments)
