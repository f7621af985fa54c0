"""Layers of a network as representations: the embedded one, and small ones made for the purpose."""

import json

import numpy as np
import pytest

import inverse
from inverse import InputError, ParameterError, ShapeError
from inverse.focus import focus
from inverse.losses import Euclidean, InnerProduct
from inverse.masks import Part
from inverse.onnx.names import PAPER_NAMES
from inverse.optimize import Stages
from inverse.presets import cvpr2015
from inverse.receptive_field import Box
from tests.onnx.building import conv, draw, model, node, save


@pytest.fixture(scope="module")
def small():
    return inverse.cnn("small")


@pytest.fixture(scope="module")
def hat():
    return inverse.photos.photo("hat")


def made(folder, *, shape=(1, 3, 8, 9), sidecar=None, metadata=None, channels=3, **arguments):
    """A network of a convolution and a rectifier, with what is said of its input."""
    first, filters = conv(channels=(channels, 4))
    proto = model(first, node("Relu", "c", "y"), shape=shape, metadata=metadata, **filters)
    path = save(folder, proto, "net.onnx")
    if sidecar is not None:
        text = sidecar if isinstance(sidecar, str) else json.dumps({"input": sidecar})
        (folder / "net.json").write_text(text)
    return inverse.cnn(path, **arguments)


def network_input(net, picture):
    """What the network is given for a picture, 0–1."""
    return net.network_input(net.encode(picture.astype(np.float64)))[0]


# The embedded network


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
    assert shown[0].split() == "name op output parameters field stride center".split()
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
    given = network_input(small, np.broadcast_to(np.array(mean) / 255, (131, 131, 3)))
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
        assert box.top <= rows[0] and rows[-1] < box.bottom
        assert box.left <= cols[0] and cols[-1] < box.right


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


# A part of the code


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
        ("conv1", Part(unit=(2, 30, 5)), ((2, 30), (2, 30))),
        ("norm1", Part(neighborhood=(2, 2), at=(13, 0), group=(1, 2)), ((13, 0), (14, 1))),
        ("conv3", Part(neighborhood=(1, 1), at=(0, 0), channels=[3, 5]), ((0, 0), (0, 0))),
    ],
)
def test_pixels_outside_of_the_field_are_left_to_the_prior(small, hat, name, part, units):
    phi = small.until(name)
    # the smaller the part, the steeper its data term is
    preset = cvpr2015(phi).replace(schedule=Stages(((1e-6, 5),)), lambda_tv=0.0)
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
        Part(group=(0, 2)), Part(channels=[0, 7, 9]), Part(unit=(3, 4, 5)), Part(neighborhood=(3, 3)),
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


# What is said of the input


def test_a_grey_network(tmp_path):
    net = made(tmp_path, shape=(1, 1, 8, 9), channels=1)
    assert net.encode(np.full((8, 9), 0.5)).shape == (1, 8, 9, 1)
    assert net.encode(np.full((8, 9, 3), 0.5)).shape == (1, 8, 9, 1)
    (decoded,) = net.decode(net.encode(np.full((8, 9, 3), 0.5)))
    np.testing.assert_allclose(decoded, np.full((8, 9), 0.5), rtol=1e-3)  # as grey() weighs


def test_a_network_of_many_channels(tmp_path):
    net = made(tmp_path, shape=(1, 5, 8, 9), channels=5)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 5))
    assert net(net.encode(picture)).shape == (1, 6, 7, 4)
    np.testing.assert_allclose(net.decode(net.encode(picture))[0], picture)
    with pytest.raises(
        InputError, match=r"net takes pictures of 5 channels, got shape \(8, 9, 3\)"
    ):
        net.encode(picture[..., :3])
    result = inverse.invert(net, picture, preset=cvpr2015(net).replace(steps=5))
    assert result.image.shape == (8, 9, 5)
    assert np.isnan(result.code_error)


def test_nothing_is_said(tmp_path):
    """Then the network takes values 0–1, as they are."""
    net = made(tmp_path)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert net.mean == (128, 128, 128)
    np.testing.assert_allclose(network_input(net, picture), picture, atol=1e-12)


SAID = {"range": 255, "mean": [10, 20, 30], "std": [1, 2, 4]}


@pytest.mark.parametrize("place", ["arguments", "sidecar", "metadata"])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_mean_range_and_order(tmp_path, place, order):
    """mean and std are of the channels in the network's own order."""
    said = {**SAID, "order": order}
    given = {
        "arguments": said,
        "sidecar": {"sidecar": said},
        "metadata": {"metadata": {"inverse.input": json.dumps(said)}},
    }[place]
    net = made(tmp_path, **given)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    own = picture if order == "RGB" else picture[..., ::-1]
    expected = (255 * own - [10, 20, 30]) / [1, 2, 4]
    np.testing.assert_allclose(network_input(net, picture), expected, atol=1e-10)
    assert net.mean == ((10, 20, 30) if order == "RGB" else (30, 20, 10))
    assert net(net.encode(picture)).shape == (1, 6, 7, 4)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"Image.BitmapPixelFormat": "Bgr8"}, lambda p: p[..., ::-1]),
        ({"Image.NominalPixelRange": "NominalRange_0_255"}, lambda p: 255 * p),
        ({"Image.NominalPixelRange": "Normalized_0_1"}, lambda p: p),
        ({"Image.NominalPixelRange": "Normalized_1_1"}, lambda p: 2 * p - 1),
        ({"Image.BitmapPixelFormat": "Other", "author": "nobody"}, lambda p: p),
    ],
)
def test_metadata_of_onnx(tmp_path, metadata, expected):
    net = made(tmp_path, metadata=metadata)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    np.testing.assert_allclose(network_input(net, picture), expected(picture), atol=1e-12)


def test_arguments_come_before_the_sidecar_and_that_before_metadata(tmp_path):
    places = {
        "metadata": {"inverse.input": json.dumps({"mean": 1, "std": 1, "range": 1})},
        "sidecar": {"mean": 2, "std": 2},
    }
    net = made(tmp_path, **places, mean=3)
    found = net.preprocessing
    assert (found.mean, found.std, found.range) == ((3, 3, 3), (2, 2, 2), 1)


def test_the_size_that_is_declared_or_asked_for(tmp_path):
    assert made(tmp_path).input_shape == (1, 8, 9, 3)
    assert made(tmp_path, size=(20, 30)).input_shape == (1, 20, 30, 3)
    assert made(tmp_path, size=np.array([20, 30])).input_shape == (1, 20, 30, 3)
    assert made(tmp_path, sidecar={"size": [11, 12]}).input_shape == (1, 11, 12, 3)
    assert made(tmp_path, shape=("N", 3, "H", "W"), size=[5, 7]).input_shape == (1, 5, 7, 3)
    (tmp_path / "net.json").unlink()
    with pytest.raises(InputError, match=r"of any size: give size=\(height, width\)"):
        made(tmp_path, shape=("N", 3, "H", "W"))
    with pytest.raises(InputError, match="larger images, got 2x2"):
        made(tmp_path, size=(2, 2))


def test_the_number_of_channels_that_is_not_declared(tmp_path):
    with pytest.raises(InputError, match="declares no number of channels: give it in 'net.json'"):
        made(tmp_path, shape=(1, None, 8, 9))
    assert made(tmp_path, shape=(1, None, 8, 9), sidecar={"channels": 3}).input_shape[3] == 3


def test_a_network_that_takes_nhwc(tmp_path):
    """As TensorFlow's exporter writes it: a transposition first."""
    first, filters = conv("t w")
    turn = node("Transpose", "x", "t", "turn", perm=[0, 3, 1, 2])
    proto = model(turn, first, node("Relu", "c", "y"), shape=(1, 8, 9, 3), **filters)
    net = inverse.cnn(save(tmp_path, proto), layout="NHWC", order="BGR", range=255)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert net.input_shape == (1, 8, 9, 3)
    x = net.encode(picture)
    plain = made(tmp_path, order="BGR", range=255)
    np.testing.assert_allclose(net(x), plain(x), rtol=1e-6)
    assert net.until("c").output_shape(x.shape) == (1, 6, 7, 4)


def test_a_network_that_takes_nhwc_has_receptive_fields(tmp_path):
    first, filters = conv("t w")
    turn = node("Transpose", "x", "t", "turn", perm=[0, 3, 1, 2])
    proto = model(turn, first, node("Relu", "c", "y"), shape=(1, 8, 9, 3), **filters)
    net = inverse.cnn(save(tmp_path, proto), layout="NHWC")
    assert net.receptive_field("c", 1, 2) == Box(1, 2, 4, 5)


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ("{", "net.json' is no JSON file"),
        ("[1]", 'must be an object whose "input" is an object'),
        ('{"input": 3}', 'must be an object whose "input" is an object'),
        ("[" * 100000, "net.json' is no JSON file"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin1"), "net.json' is no JSON file"),
        ({"colour": "RGB"}, "keys of an input must be among size, channels, .*, got 'colour'"),
        ({"mean": [1, 2]}, r"Preprocessing.mean must be a number, or 3 of them, got \[1, 2\]"),
        ({"mean": "grey"}, "Preprocessing.mean must be a number, or 3 of them"),
        ({"mean": [1, 2, None]}, "Preprocessing.mean must be a number, or 3 of them"),
        ({"mean": float("nan")}, "Preprocessing.mean must be a number, or 3 of them"),
        ({"std": [1, 0, 1]}, "Preprocessing.std must be positive"),
        ({"std": 0}, "Preprocessing.std must be positive"),
        ({"std": -1}, "Preprocessing.std must be positive"),
        ({"std": [[1, 1, 1]]}, "Preprocessing.std must be a number, or 3 of them"),
        ({"order": "GBR"}, "Preprocessing.order must be one of RGB, BGR, got 'GBR'"),
        ({"order": ["RGB"]}, "Preprocessing.order must be one of RGB, BGR"),
        ({"layout": "NCWH"}, "Preprocessing.layout must be one of NCHW, NHWC, got 'NCWH'"),
        ({"range": 0}, "Preprocessing.range must be positive, got 0"),
        ({"range": True}, "Preprocessing.range must be positive, got True"),
        ({"range": "255"}, "Preprocessing.range must be positive, got '255'"),
        ({"size": 8}, "Preprocessing.size must be two whole numbers"),
        ({"size": [8, 9, 3]}, "Preprocessing.size must be two whole numbers"),
        ({"size": [0, 9]}, "Preprocessing.size must be two whole numbers"),
        ({"size": [8.5, 9]}, "Preprocessing.size must be two whole numbers"),
        ({"size": [10**9, 9]}, "Preprocessing.size must be two whole numbers"),
        ({"channels": 4}, "takes 3 channels, what is said of its input has 4"),
        ({"channels": "3"}, "3 channels"),
    ],
)
def test_wrong_things_that_are_said(tmp_path, sidecar, words):
    with pytest.raises(InputError, match=words) as caught:
        made(tmp_path, sidecar=sidecar)
    assert "\n" not in str(caught.value)


def test_a_sidecar_that_is_no_file_or_too_large(tmp_path):
    (tmp_path / "net.json").mkdir()
    assert made(tmp_path).input_shape == (1, 8, 9, 3)
    (tmp_path / "net.json").rmdir()
    with pytest.raises(InputError, match="net.json' must be at most 1 MiB"):
        made(tmp_path, sidecar=" " * (2**20 + 1))


def test_wrong_metadata(tmp_path):
    with pytest.raises(InputError, match="metadata 'inverse.input' is no JSON"):
        made(tmp_path, metadata={"inverse.input": "{"})
    with pytest.raises(InputError, match="metadata 'inverse.input' must be an object"):
        made(tmp_path, metadata={"inverse.input": "[1]"})
    with pytest.raises(InputError, match="Preprocessing.std must be positive"):
        made(tmp_path, metadata={"inverse.input": '{"std": 0}'})


@pytest.mark.parametrize("shape", [(1, 3, 8), (3, 8), (1, 3, 8, 9, 10), ()])
def test_inputs_that_are_no_images(tmp_path, shape):
    proto = model(node("Relu", "x", "y"), shape=shape)
    with pytest.raises(InputError, match="must take images, of rank 4, got an input of shape"):
        inverse.cnn(save(tmp_path, proto))


def test_no_declared_shape(tmp_path):
    with pytest.raises((InputError, ShapeError), match="declares no shape of its input"):
        inverse.cnn(save(tmp_path, model(node("Relu", "x", "y"), shape=None)))


def test_no_such_model(tmp_path):
    with pytest.raises(InputError, match="must be an ONNX file or one of small, alexnet.* no file"):
        inverse.cnn("larger")


# Networks with layers that cannot be imported, or that have no layer of their own


def incomplete(folder, domain=""):
    first, filters = conv()
    nodes = [first, node("Relu", "c", "r", "relu"), node("Hardmax", "r", "s", "odd", domain=domain)]
    return inverse.cnn(save(folder, model(*nodes, node("Relu", "s", "y"), **filters)))


@pytest.mark.parametrize("domain", ["", "com.example"])
def test_what_comes_before_a_fault_can_be_used(tmp_path, domain):
    net = incomplete(tmp_path, domain)
    assert [row.name for row in net.layers()][-1] == "relu"
    phi = net.until("relu")
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert phi(phi.encode(picture)).shape == (1, 6, 7, 4)
    result = inverse.invert(phi, picture, preset=cvpr2015(phi).replace(steps=3))
    assert result.stop == "completed 3 steps"
    kind = f"{domain}.Hardmax" if domain else "Hardmax"
    message = (
        f"model: node 'odd', operator {kind} of opset 17, cannot be imported: there is no layer "
        "for it; the last layer usable before it is 'relu': take until('relu')"
    )
    for use in (lambda: net(net.encode(picture)), lambda: inverse.invert(net, picture)):
        with pytest.raises(InputError) as caught:
            use()
        assert str(caught.value) == message
    with pytest.raises(ParameterError, match="layer must be one of c, relu, got 'odd'"):
        net.until("odd")


def test_layers_that_became_part_of_others(tmp_path):
    first, filters = conv(name="conv")
    arrays = {key: abs(draw(4)) + 0.5 for key in "stmv"}
    nodes = [
        first,
        node("BatchNormalization", "c s t m v", "n", "bn1"),
        node("BatchNormalization", "n s t m v", "b", "bn2"),
        node("Dropout", "b", "d", "drop"),
        node("Relu", "d", "y", "relu"),
    ]
    net = inverse.cnn(save(tmp_path, model(*nodes, **filters, **arrays)))
    for name in ("conv", "bn1"):
        with pytest.raises(ParameterError) as caught:
            net.until(name)
        assert str(caught.value) == (
            f"model: layer '{name}' became part of 'bn2', take until('bn2')"
        )
    assert net.until("drop").name == "model-bn2"
    assert list(net.until("drop").layer.layers) == ["preprocessing", "bn2"]


def test_the_image_itself_is_no_layer(tmp_path):
    first, filters = conv()
    nodes = [node("Identity", "x", "i", "same"), first, node("Relu", "c", "y")]
    net = inverse.cnn(save(tmp_path, model(*nodes, **filters)))
    with pytest.raises(ParameterError, match="layer must be one of c, y, got 'same'"):
        net.until("same")


def test_a_layer_called_preprocessing(tmp_path):
    first, filters = conv(name="preprocessing")
    net = inverse.cnn(save(tmp_path, model(first, node("Relu", "c", "y", "input"), **filters)))
    assert [row.name for row in net.layers()] == ["preprocessing", "preprocessing-2", "input-2"]
    assert net.until("preprocessing-2").output_shape(net.input_shape) == (1, 6, 7, 4)


def test_a_model_of_a_fixed_number_of_images(tmp_path):
    net = made(tmp_path, shape=(4, 3, 8, 9))
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert net.input_shape == (1, 8, 9, 3)
    result = inverse.invert(net, picture, preset=cvpr2015(net).replace(steps=3), restarts=2)
    assert len(result.images) == 2
