"""Constants that a small file could make huge: refused before they are made."""

import numpy as np
import pytest

from inverse.errors import InputError
from inverse.onnx import read_model, translate
from inverse.onnx.folding import evaluate
from inverse.onnx.reading import MAX_BYTES
from tests.onnx.building import SHAPE, agreeing, model, node, peak, save

LONG = np.int64
HUGE = 2**31
LARGE = np.array([2**16, 2**16])
AXIS = {"Concat": {"axis": 0}}
MILLION = np.zeros(10**6, np.float32)


@pytest.mark.parametrize(
    ("kind", "constants"),
    [
        ("ConstantOfShape", [LARGE]),
        ("ConstantOfShape", [np.array([2**62, 2**62])]),
        ("Expand", [np.zeros((1, 1), np.float32), LARGE]),
        ("Expand", [MILLION, np.array([10**6, 10**6])]),
        ("Tile", [np.zeros((1, 1), np.float32), LARGE]),
        ("Tile", [MILLION, np.array([10**6])]),
        ("Range", [LONG(0), LONG(HUGE), LONG(1)]),
        ("Range", [np.float32(0), np.float32(1), np.float32(1e-30)]),
        ("Range", [LONG(0), LONG(-HUGE), LONG(-1)]),
        ("Pad", [np.zeros((1, 1), np.float32), np.array([2**16, 2**16, 0, 0])]),
        ("Add", [MILLION, MILLION.reshape(-1, 1)]),
        ("Where", [np.zeros((1, 10**6), bool), MILLION.reshape(-1, 1), MILLION]),
        ("Equal", [MILLION, MILLION.reshape(-1, 1)]),
        ("MatMul", [MILLION.reshape(-1, 1), MILLION.reshape(1, -1)]),
        ("Gather", [MILLION.reshape(1, -1), np.zeros(10**6, LONG)]),
        ("GatherND", [MILLION.reshape(1, -1), np.zeros((10**6, 1), LONG)]),
        ("Concat", 300 * [MILLION]),
        (
            "Pad",
            [np.zeros((10**5, 1), np.float32), np.array([3000, 0]), np.float32(0), np.array([1])],
        ),
        ("OneHot", [np.zeros(10**4, LONG), LONG(10**6), np.array([0, 1], np.float32)]),
    ],
)
def test_constants_that_would_be_huge(tmp_path, kind, constants):
    names = {f"k{id(value)}": value for value in constants}
    inputs = " ".join(f"k{id(value)}" for value in constants)
    proto = model(
        node(kind, inputs, "k", "large", **AXIS.get(kind, {})),
        node("Shape", "k", "shape"),
        node("Cast", "shape", "floats", to=1),
        node("ReduceSum", "floats", "total", keepdims=0),
        node("Mul", "x total", "y"),
        opset=18,
        **names,
    )
    read = read_model(save(tmp_path, proto))

    def run():
        with pytest.raises(InputError, match=rf"'large'.*{kind}.*(would make a|cannot be eval)"):
            translate(read, SHAPE)

    assert peak(run) < 50e6


def test_a_pad_of_before_opset_11_that_would_be_huge(tmp_path):
    pads = node("Pad", "k", "large", pads=[17000, 17000, 0, 0])
    proto = model(pads, node("Mul", "x large", "y"), opset=7, k=np.zeros((1, 1), np.float32))
    read = read_model(save(tmp_path, proto))

    def run():
        with pytest.raises(
            InputError, match=r"'large' \(Pad\) would make a constant of \d+ values"
        ):
            translate(read, SHAPE)

    assert peak(run) < 50e6


@pytest.mark.parametrize(
    ("kind", "constants"),
    [
        ("Expand", [np.ones(1000, np.float32), np.array([1000, 1000])]),
        ("Gather", [np.ones((1000, 1000), np.float32), np.arange(1000)]),
        ("MatMul", [np.ones((1000, 1000), np.float32), np.ones((1000, 1000), np.float32)]),
        ("ConstantOfShape", [np.array([1000, 1000])]),
        ("Tile", [np.ones((1, 1000), np.float32), np.array([1000, 1])]),
        ("Concat", [MILLION, MILLION]),
    ],
)
def test_constants_may_be_large(tmp_path, kind, constants):
    """What counts is the size of the result, of some megabytes here."""
    names = {f"k{id(value)}": value for value in constants}
    inputs = " ".join(f"k{id(value)}" for value in constants)
    proto = model(
        node(kind, inputs, "large", **AXIS.get(kind, {})),
        node("ReduceMax", "large", "one", keepdims=0),
        node("Mul", "x one", "y"),
        **names,
    )
    agreeing(tmp_path, proto)


def test_the_allowed_size():
    node_ = node("ConstantOfShape", "k", "y", "large")
    values = MAX_BYTES // 8
    with pytest.raises(InputError, match=f"would make a constant of {values + 1} values"):
        evaluate(node_, {"k": np.array([values + 1])}, 17)
