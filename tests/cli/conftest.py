"""A folder, a photo and two networks for the commands on networks."""

import pytest

import inverse
from tests.onnx.building import conv, model, node, save


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def photo(tmp_path):
    """A color photo of 48×64 pixels."""
    path = tmp_path / "photo.png"
    inverse.write_image(path, inverse.photos.photo("hat")[100:148, 60:124])
    return str(path)


@pytest.fixture
def tiny(tmp_path):
    """A network of three layers, for grey pictures of any size."""
    first, filters = conv(channels=(1, 4))
    nodes = [first, node("Relu", "c", "r", "relu"), node("GlobalAveragePool", "r", "y", "mean")]
    return str(save(tmp_path, model(*nodes, shape=(1, 1, "H", "W"), **filters), "tiny.onnx"))


@pytest.fixture
def broken(tmp_path):
    """A network whose second layer cannot be imported."""
    first, filters = conv(channels=(3, 4), name="conv")
    proto = model(first, node("Hardmax", "c", "y", "odd"), **filters)
    return str(save(tmp_path, proto, "broken.onnx"))
