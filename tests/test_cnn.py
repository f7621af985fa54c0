"""Layers of the embedded network as representations."""

import numpy as np
import pytest

import inverse
from inverse import InputError, ParameterError, ShapeError
from inverse.onnx.names import PAPER_NAMES
from inverse.presets import cvpr2015
from inverse.receptive_field import Box


@pytest.fixture(scope="module")
def small():
    return inverse.cnn("small")


@pytest.fixture(scope="module")
def hat():
    return inverse.photos.photo("hat")


def test_small_has_the_layers_of_the_paper(small):
    names = [info.name for info in small.layers()]
    assert names[0] == "preprocessing"
    assert [name for name in names[1:] if name != "flatten"] == PAPER_NAMES


def test_its_table(small):
    table = small.layers()
    rows = {row.name: row for row in table}
    assert rows["conv1"].op == "Conv2d"
    assert rows["fc8"].field is None
    assert rows["conv1"].parameters == sum(
        v.size for v in (small.layer.layers["conv1"].weight, small.layer.layers["conv1"].bias)
    )
    shown = str(table).splitlines()
    assert shown[0].split() == ["name", "op", "output", "parameters", "field", "stride", "center"]
    assert len(shown) == len(table) + 1
    assert small.layers((2, *small.input_shape[1:]))[1].shape[0] == 2
    assert list(rows)[:5] == ["preprocessing", "conv1", "relu1", "pool1", "norm1"]


def test_every_layer_is_a_representation(small, hat):
    x = small.encode(hat)
    for row in small.layers()[1:]:
        phi = small.until(row.name)
        y = phi(x)
        assert phi.name == f"small-{row.name}"
        assert y.shape == row.shape == phi.output_shape(x.shape)
        assert y.dtype == np.float32
        assert np.isfinite(y).all()
        assert phi.layers()[-1] == row
        assert phi.depth == (1 if row.name == "flatten" else (1 + PAPER_NAMES.index(row.name)) / 20)


def test_repr_is_short(small):
    for shown in (repr(small), repr(small.until("relu3")), str(small)):
        assert len(shown) < 200
        assert "small" in shown


@pytest.mark.parametrize("shape", [(60, 70), (60, 70, 3), (131, 131, 3), (20, 300)])
def test_decode_gives_the_encoded_picture_back(small, shape):
    rng = np.random.default_rng(0)
    picture = rng.uniform(size=shape)
    x = small.encode(picture)
    assert x.shape == small.input_shape
    assert x.dtype == np.float64
    assert small.encode(picture.astype(np.float32)).dtype == np.float32
    (decoded,) = small.decode(x)
    expected = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
    np.testing.assert_allclose(decoded, inverse.resize(expected, 131, 131), atol=1e-6)


def test_pictures_that_it_does_not_take(small):
    with pytest.raises(
        InputError, match=r"small takes pictures of 3 channels, got shape \(9, 9, 4"
    ):
        small.encode(np.zeros((9, 9, 4)))
    with pytest.raises(InputError, match="got uint8"):
        small.encode(np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(InputError, match="got NaN or infinite"):
        small.encode(np.full((9, 9, 3), np.nan))
    with pytest.raises(InputError, match=r"got -?\d+ to 255"):
        small.encode(np.full((9, 9, 3), 255.0))


def test_x_is_centered_grey_levels(small):
    mean = small.preprocessing.mean
    x = small.encode(np.zeros((131, 131, 3)))
    np.testing.assert_allclose(-x[0, 0, 0], mean, rtol=1e-6)
    given = small.network_input(small.encode(np.broadcast_to(np.array(mean) / 255, (131, 131, 3))))
    np.testing.assert_allclose(given, 0, atol=1e-9)


def test_inner_layers_take_any_size(small):
    relu2 = small.until("relu2")
    assert relu2.output_shape((2, 200, 150, 3))[0] == 2
    with pytest.raises(ShapeError, match="small"):
        small.output_shape((1, 200, 150, 3))


def test_unknown_layers(small):
    with pytest.raises(ParameterError) as caught:
        small.until("rellu3")
    assert str(caught.value).startswith("small.until: layer must be one of conv1, relu1, pool1")
    assert str(caught.value).endswith("got 'rellu3' (did you mean 'relu3'?)")
    for name in ("input", "", "preprocessing/order"):
        with pytest.raises(ParameterError, match="layer must be one of"):
            small.until(name)


def test_until_after_until(small):
    relu3, conv2 = small.until("relu3"), small.until("relu3").until("conv2")
    assert (relu3.name, conv2.name) == ("small-relu3", "small-conv2")
    assert relu3.until("relu3").name == "small-relu3"
    assert "conv3" not in conv2.layer.layers


def test_the_preset_follows_the_depth(small):
    for name, lambda_tv in {"conv1": 0.5, "relu2": 0.5, "pool2": 5, "conv4": 5, "relu4": 5,
                            "conv5": 50, "fc8": 50}.items():  # fmt: skip
        preset = cvpr2015(small.until(name))
        assert (preset.steps, preset.lambda_tv) == (400, lambda_tv)
        assert [rate for rate, _ in preset.schedule.stages] == pytest.approx([4e-3, 4e-4, 4e-5])
    assert cvpr2015(small).lambda_tv == 50


def test_receptive_fields(small):
    (top, left, bottom, right) = small.receptive_field("pool1", 3, 4)
    assert bottom - top == small.layers()[3].field.size[0]
    assert small.receptive_field("pool1", 3, 4, small.input_shape) == Box(top, left, bottom, right)
    assert small.receptive_field("fc6", 0, 0) == Box(0, 0, 131, 131)
    with pytest.raises(ParameterError, match="must be within the 15x15 of layer 'pool1'"):
        small.receptive_field("pool1", 15, 0)
    with pytest.raises(ParameterError, match="did you mean 'pool1'"):
        small.receptive_field("pol1", 0, 0)


@pytest.mark.parametrize("name", ["pool1", "conv2", "pool5"])
def test_a_receptive_field_is_where_the_gradient_is(small, name):
    phi = small.until(name)
    x = np.random.default_rng(0).normal(0, 60, small.input_shape)
    y, cache = phi.forward(x)
    for i, j in ((0, 0), (1, 2), (y.shape[1] - 1, y.shape[2] - 2)):
        dy = np.zeros_like(y)
        dy[0, i, j] = np.random.default_rng(1).normal(size=y.shape[3])
        rows, cols = (np.flatnonzero(phi.backward(dy, cache)[0].any(axis=(a, 2))) for a in (1, 0))
        box = small.receptive_field(name, i, j)
        assert box.top <= rows[0] <= rows[-1] < box.bottom
        assert box.left <= cols[0] <= cols[-1] < box.right


@pytest.mark.parametrize("name", ["conv1", "relu3", "fc8"])
def test_inversion_comes_nearer(small, hat, name):
    phi = small.until(name)
    result = inverse.invert(phi, hat, preset=cvpr2015(phi).replace(steps=60), rng=0)
    assert result.image.shape == (131, 131, 3)
    assert result.stop == "completed 60 steps"
    first = inverse.invert(phi, hat, preset=cvpr2015(phi).replace(steps=1), rng=0)
    assert result.relative_error < 0.9 * first.relative_error
    assert 0 < result.code_error < first.code_error


def test_restarts_are_what_they_would_be_alone(small, hat):
    phi = small.until("relu2")
    preset = cvpr2015(phi).replace(steps=12)
    together = inverse.invert(phi, hat, preset=preset, restarts=3, rng=5)
    rng = np.random.default_rng(5)
    for i in range(3):
        alone = inverse.invert(phi, hat, preset=preset, rng=rng)
        assert np.array_equal(together.images[i], alone.image)
