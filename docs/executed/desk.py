"""The folder in which blocks are executed: the checkout's files, and some of a user's own."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model
from PIL import Image

import inverse

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ("photo.jpg", "cat.jpg", "photos/one.jpg", "photos/two.jpg")
NETWORKS = ("model.onnx", "mine.onnx", "cache/alexnet.onnx", "cache/vgg16.onnx")
"""Where networks that would have to be fetched lie; here a tiny one stands in for them."""


CHECKOUT = (
    "setup.cfg", "setup.py", "README.md", "LICENSE", "inverse", "tests", "models", "docs",
    ".ci", ".ruff.toml",
)  # fmt: skip
"""What a checkout has, and nothing that was left in it."""

LAID = {}
"""The folder of each page that has one."""


def of(page, factory, writes=False):
    """The folder of a page, made at its first use; with a copy of the checkout if it is written."""
    if (page, writes) not in LAID:
        LAID[page, writes] = factory.mktemp(page.stem)
        lay(LAID[page, writes], copied if writes else Path.symlink_to)
    return LAID[page, writes]


def copied(place, entry):
    """What is in a checkout, without what tools have left there."""
    if entry.is_dir():
        left = shutil.ignore_patterns("__pycache__", "_build", ".*_cache")
        shutil.copytree(entry, place, ignore=left)
    else:
        shutil.copy(entry, place)


def lay(folder, take):
    """Fill the folder with the checkout, small photos and tiny networks."""
    for name in CHECKOUT:
        take(folder / name, ROOT / name)
    # offline, pip takes pytest as installed but cannot bring its command
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/pytest").symlink_to(Path(sys.executable).parent / "pytest")
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


def environment(folder, installs=False):
    """The variables of a shell in that folder: this Python first, and no network.

    One that ``installs`` has a new virtual environment first. In it, and in those that commands
    make, this one's packages count as installed. Pytest in pytest runs one file of tests.
    """
    nowhere, first = "http://127.0.0.1:9", []
    home = folder.with_name(f"{folder.name}-home")
    home.mkdir(exist_ok=True)
    if installs:
        venv.create(home / "own", with_pip=True)
        first = [home / "own/bin"]
    here = Path(sys.executable).parent
    packages = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    return os.environ | {
        "PATH": os.pathsep.join(map(str, (*first, here, os.environ["PATH"]))),
        "HOME": str(home),
        "INVERSE_CACHE": str(folder / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # to pip, as in --no-build-isolation=0: there is none
        "PYTEST_ADDOPTS": "-n 0 tests/test_metrics.py",
        "PYTHONPATH": os.pathsep.join(packages),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }
