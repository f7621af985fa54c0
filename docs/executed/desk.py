"""The folder in which blocks are executed: the checkout's files, and some of a user's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model
from PIL import Image

import inverse

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ("photo.jpg", "cat.jpg", "photos/one.jpg", "photos/two.jpg")
NETWORKS = ("model.onnx", "mine.onnx", "cache/alexnet.onnx", "cache/vgg16.onnx")
"""Where networks that would have to be fetched lie; here a tiny one stands in for them."""


LAID = {}
"""The folder of each page that has one."""


def of(page, factory):
    """The folder of a page, made at its first use."""
    if page not in LAID:
        LAID[page] = factory.mktemp(page.stem)
        lay(LAID[page])
    return LAID[page]


def lay(folder):
    """Fill the folder with links to the checkout, small photos and tiny networks."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in ("out", "build"):
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").symlink_to(sys.prefix)
    for i, name in enumerate(PHOTOS):
        (folder / name).parent.mkdir(exist_ok=True)
        picture = inverse.photos.photo(inverse.photos.names()[i])
        Image.fromarray((255 * picture[80:144, 96:176]).astype(np.uint8)).save(folder / name)
    for name in NETWORKS:
        (folder / name).parent.mkdir(exist_ok=True)
        save_model(network(), folder / name)
        (folder / name).with_suffix(".json").write_text('{"input": {"range": 255}}')


def network():
    """A CNN with a few layers of the names of CaffeNet's, for pictures of 48×48 pixels."""
    rng = np.random.default_rng(0)
    nodes, weights, last, channels = [], [], "input", 3
    for i in (1, 2, 3):
        filters = rng.standard_normal((4, channels, 3, 3)).astype(np.float32) / 4
        weights.append(numpy_helper.from_array(filters, f"w{i}"))
        conv = {"strides": (2, 2), "pads": (1, 1, 1, 1)}
        nodes.append(helper.make_node("Conv", [last, f"w{i}"], [f"c{i}"], f"conv{i}", **conv))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"], f"relu{i}"))
        last, channels = f"r{i}", 4
    full = rng.standard_normal((4 * 6 * 6, 10)).astype(np.float32) / 12
    weights.append(numpy_helper.from_array(full, "w6"))
    nodes.append(helper.make_node("Flatten", [last], ["f"], "flatten"))
    nodes.append(helper.make_node("Gemm", ["f", "w6"], ["output"], "fc6"))
    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, ("N", 3, 48, 48))
    scores = helper.make_tensor_value_info("output", TensorProto.FLOAT, ("N", 10))
    graph = helper.make_graph(nodes, "tiny", [picture], [scores], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def environment(folder):
    """The variables of a shell in that folder: this Python first, and no network."""
    nowhere = "http://127.0.0.1:9"
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "INVERSE_CACHE": str(folder / "cache"),
        "PIP_NO_INDEX": "1",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }
