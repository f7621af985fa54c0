"""What a network takes: said by arguments, by a JSON file, by metadata, or by nobody."""

import json

import numpy as np
import pytest

import inverse
from inverse import InputError, ShapeError
from inverse.presets import cvpr2015
from inverse.receptive_field import Box
from tests.onnx.building import conv, model, node, save


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
        ({"author": "nobody"}, lambda p: p),
    ],
)
def test_metadata_of_onnx(tmp_path, metadata, expected):
    net = made(tmp_path, metadata=metadata)
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    np.testing.assert_allclose(network_input(net, picture), expected(picture), atol=1e-12)


def test_metadata_that_is_not_understood(tmp_path):
    words = "'Image.NominalPixelRange' must be one of .*, got 'NominalRange_16_235'"
    with pytest.raises(inverse.InputError, match=words):
        made(tmp_path, metadata={"Image.NominalPixelRange": "NominalRange_16_235"})


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


def test_a_model_of_a_fixed_number_of_images(tmp_path):
    net = made(tmp_path, shape=(4, 3, 8, 9))
    picture = np.random.default_rng(0).uniform(size=(8, 9, 3))
    assert net.input_shape == (1, 8, 9, 3)
    result = inverse.invert(net, picture, preset=cvpr2015(net).replace(steps=3), restarts=2)
    assert len(result.images) == 2
