"""Layers beside onnxruntime: differences are found, and told for what they are."""

import builtins
import math

import numpy as np
import pytest
from onnx import TensorProto

from inverse.errors import InputError
from inverse.layers import Affine, Foreign, Node, ReLU
from inverse.onnx import Difference, compare, read_model, translate
from tests.onnx.building import SHAPE, conv, draw, model, node, save


def network(tmp_path, *rest, **more):
    """A convolution and what comes after it: the model, imported, and an image."""
    first, arrays = conv()
    read = read_model(save(tmp_path, model(first, *rest, **arrays, **more)))
    return read, translate(read, SHAPE), draw(1, 8, 9, 3)


RELU = node("Relu", "c", "y")


def test_a_row_for_every_layer(tmp_path):
    rows = list(compare(*network(tmp_path, RELU)))
    assert [(row.name, row.op) for row in rows] == [("c", "Conv2d"), ("y", "ReLU")]
    for row in rows:
        assert row.relative < 1e-6
        assert row.scale > 0.1


def test_a_layer_that_is_wrong_is_found(tmp_path):
    read, imported, x = network(tmp_path, RELU)
    right = list(compare(read, imported, x))
    imported.nodes["y"] = Node(Affine(1.0, 0.25), ("c",))
    conv_, wrong = compare(read, imported, x)
    assert conv_ == right[0]
    assert wrong.op == "Affine"
    assert wrong.absolute > 0.25
    assert wrong.scale == right[1].scale
    assert wrong.relative == wrong.absolute / wrong.scale


class Filled:
    """A map whose y is one number everywhere."""

    def __init__(self, value):
        self.value = value

    def forward(self, x):
        return np.full_like(x, self.value), None

    def backward(self, dy, cache):
        return 0 * dy


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_never_agree(tmp_path, value):
    read, imported, x = network(tmp_path, RELU)
    imported.nodes["y"] = Node(Foreign(Filled(value)), ("c",))
    with np.errstate(all="ignore"):
        rows = list(compare(read, imported, x))
    assert rows[-1].relative == math.inf
    assert max(rows, key=lambda row: row.relative) == rows[-1]


def test_values_that_are_not_finite_on_both_sides(tmp_path):
    read, imported, x = network(tmp_path, node("Sqrt", "c", "y"))
    with np.errstate(all="ignore"):
        rows = list(compare(read, imported, x))
    assert rows[-1].relative == math.inf


def test_relative():
    assert Difference("a", "ReLU", 0.5, 2.0).relative == 0.25
    assert Difference("a", "ReLU", 0.5, 0.0).relative == 0.5
    assert Difference("a", "ReLU", 0.0, 0.0).relative == 0
    assert Difference("a", "ReLU", math.nan, 1.0).relative == math.inf
    assert Difference("a", "ReLU", 1.0, math.nan).relative == math.inf
    assert Difference("a", "ReLU", 0.0, math.inf).relative in (0, math.inf)


def test_another_shape_is_an_error(tmp_path):
    read, imported, x = network(tmp_path, RELU, node("Flatten", "y", "z"))
    imported.nodes["c"] = Node(ReLU(), ("input",))
    with pytest.raises(InputError, match=r"layer 'c' gives shape \(1, 3, 8, 9\), onnxruntime \(1,"):
        list(compare(read, imported, x))


def test_layers_that_are_parts_of_others_have_no_row(tmp_path):
    statistics = {key: abs(draw(4)) + 0.5 for key in "stmv"}
    bn = node("BatchNormalization", "c s t m v", "n", "bn")
    read, imported, x = network(tmp_path, bn, node("Relu", "n", "y"), **statistics)
    assert [row.name for row in compare(read, imported, x)] == ["bn", "y"]


def test_steps_of_an_operator_have_no_row(tmp_path):
    read, imported, x = network(tmp_path, node("Div", "k c", "y", "div"), k=np.float32(1))
    assert list(imported.nodes) == ["c", "div/reciprocal", "div"]
    assert [row.name for row in compare(read, imported, x)] == ["c", "div"]


def test_layers_up_to_a_fault_are_compared(tmp_path):
    read, imported, x = network(tmp_path, RELU, node("Hardmax", "y", "z"), node("Relu", "z", "end"))
    assert [row.name for row in compare(read, imported, x)] == ["c", "y"]


def test_vectors_and_batches(tmp_path):
    read, imported, _ = network(tmp_path, node("Flatten", "c", "f"), node("Softmax", "f", "y"))
    rows = list(compare(read, imported, draw(1, 8, 9, 3, seed=5)))
    assert [row.name for row in rows] == ["c", "f", "y"]
    assert max(row.relative for row in rows) < 1e-5


def test_weights_in_another_file(tmp_path):
    first, arrays = conv()
    proto = model(first, RELU, **arrays)
    (tmp_path / "w.bin").write_bytes(arrays["w"].tobytes())
    value = TensorProto(name="w", dims=[4, 3, 3, 3], data_type=TensorProto.FLOAT)
    value.data_location = TensorProto.EXTERNAL
    value.external_data.add(key="location", value="w.bin")
    proto.graph.initializer[0].CopyFrom(value)
    read = read_model(save(tmp_path, proto))
    rows = list(compare(read, translate(read, SHAPE), draw(1, 8, 9, 3)))
    assert max(row.relative for row in rows) < 1e-6
    assert read.proto.graph.initializer[0].data_location == TensorProto.EXTERNAL


def test_the_model_stays_as_it_is(tmp_path):
    read, imported, x = network(tmp_path, RELU)
    before, given = read.proto.SerializeToString(), x.copy()
    list(compare(read, imported, x))
    assert read.proto.SerializeToString() == before
    assert np.array_equal(x, given)


def test_onnxruntime_refuses(tmp_path):
    read, imported, _ = network(tmp_path, RELU)
    with pytest.raises(InputError) as caught:
        list(compare(read, imported, draw(1, 7, 9, 3)))
    message = str(caught.value)
    assert message.startswith(f"onnxruntime does not run model '{read.path}': ")
    assert "\n" not in message


def test_without_onnxruntime(tmp_path, monkeypatch):
    arguments = network(tmp_path, RELU)
    original = builtins.__import__

    def missing(name, *rest):
        if name == "onnxruntime":
            raise ImportError
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match="comparing needs onnxruntime: pip install onnxruntime"):
        list(compare(*arguments))
