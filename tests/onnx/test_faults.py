"""Operators that have no layer: the rest of the network can be used, and a sentence says why."""

import numpy as np
import pytest

from tests.onnx.building import agreeing, conv, draw, import_, model, node, without_layer


def test_the_fault_names_what_is_needed(tmp_path):
    without_layer(tmp_path, "Det", "cannot be imported: there is no layer for it;")
    without_layer(tmp_path, "TopK", "there is no layer for it", inputs="c k", k=np.array([2]))


def test_a_domain_of_its_own(tmp_path):
    for kind in ("Swirl", "Relu"):  # the name alone does not make it ours
        first, filters = conv()
        middle = node(kind, "c", "m", "middle", domain="com.example")
        imported = import_(tmp_path, model(first, middle, node("Relu", "m", "y"), **filters))
        assert f"node 'middle', operator com.example.{kind} of opset 17, cannot" in imported.fault
        assert imported.output == "c"


def test_a_domain_of_its_own_of_constants(tmp_path):
    """Also where its name is one that is computed with."""
    first, filters = conv()
    middle = node("Add", "k k", "m", "middle", domain="com.example")
    last = node("Mul", "c m", "y", "product")
    imported = import_(tmp_path, model(first, middle, last, k=np.float32(1), **filters))
    assert "node 'middle', operator com.example.Add of opset 17, cannot" in imported.fault


def test_only_the_first_fault_is_told(tmp_path):
    first, filters = conv()
    nodes = [first, node("Det", "c", "d", "one"), node("Det", "d", "e", "two")]
    imported = import_(tmp_path, model(*nodes, node("Relu", "e", "y"), **filters))
    assert "node 'one'" in imported.fault
    assert "node 'two'" not in imported.fault


def test_a_branch_that_is_not_needed_may_have_faults(tmp_path):
    first, filters = conv()
    proto = model(
        first, node("Hardmax", "c", "d"), node("Relu", "d", "e"), node("Relu", "c", "y"), **filters
    )
    assert agreeing(tmp_path, proto).fault is None


def test_the_last_usable_layer_is_before_the_fault(tmp_path):
    """A branch beside it that goes on is not what comes before."""
    first, filters = conv()
    nodes = [
        first,
        node("Det", "c", "d", "bad"),
        node("Relu", "x", "beside"),
        node("Mul", "d beside", "y"),
    ]
    imported = import_(tmp_path, model(*nodes, **filters))
    assert "node 'bad'" in imported.fault
    assert "take until('c')" in imported.fault


def test_outputs_that_cannot_be_had(tmp_path):
    first, filters = conv()
    nodes = [first, node("MaxPool", "c", "m i", "middle", kernel_shape=[2, 2])]
    imported = import_(tmp_path, model(*nodes, node("Relu", "m", "y"), **filters))
    assert imported.fault is None
    imported = import_(tmp_path, model(*nodes, node("Cast", "i", "y", to=1), **filters))
    assert "only 1 of its outputs can be had" in imported.fault


@pytest.mark.parametrize(
    ("kind", "attributes", "words"),
    [
        ("Reshape", {"k": np.array([4, 7, 6])}, "images of a batch: shape (1, 4, 6, 7)"),
        ("Reshape", {"k": np.array([-1, 7])}, "would mix the images of a batch"),
        ("Reshape", {"k": np.array([-1])}, "would mix the images of a batch"),
        ("Reshape", {"k": np.array([1, 5])}, "cannot become (1, 5)"),
        ("Reshape", {"k": np.array([1, -1, -1])}, "must have one -1 at most"),
        ("Squeeze", {"k": np.array([0])}, "would remove axis 0, the batch"),
        ("Unsqueeze", {"k": np.array([0])}, "would put an axis before the batch"),
        ("Expand", {"k": np.array([2, 4, 6, 7])}, "would change the batch"),
        ("Expand", {"k": np.array([1, 4, 6 * 10**8, 7])}, ""),
        ("Gather", {"k": np.array([0])}, "would mix the images of a batch"),
        ("Gather", {"k": np.array([9]), "axis": 1}, "its indices must be from -4 to 3"),
        ("Gather", {"k": np.array([0]), "axis": 7}, "axis must be from -4 to 3, got 7"),
        ("Pad", {"k": np.array([1, 0, 0, 0, 0, 0, 0, 0])}, "would mix the images of a batch"),
        ("Pad", {"k": np.array([0, 0, 2**16, 2**16, 0, 0, 0, 0])}, "takes more than"),
        ("Split", {"k": np.array([1, 5]), "axis": 1}, "its parts [1, 5] must add up to 4"),
        ("Tile", {"k": np.array([1, 1, 2, 2])}, "there is no layer for it"),
        ("Pow", {"k": draw(4, 1, 1)}, "its exponent must be one number, got shape (4, 1, 1)"),
        ("Div", {"k": np.array([0], np.float32)}, "divides by a constant that has zeros"),
        ("Add", {"k": draw(2, 4, 6, 7)}, "does not broadcast against one image of a batch"),
        ("Add", {"k": draw(5, 6, 7)}, ""),
        ("MatMul", {"k": draw(2, 7, 3)}, "a constant factor must be a matrix on the right"),
        ("MatMul", {"k": draw(5, 3)}, ""),
        ("Gemm", {"k": draw(7, 3)}, "its first input must be (N, features)"),
        ("Conv", {"k": draw(5, 4, 3)}, "its filters must be of rank 4"),
        ("Conv", {"k": draw(5, 3, 3, 3)}, "channels"),
        ("Conv", {"k": draw(5, 4, 3, 3), "auto_pad": "SAME"}, "its auto_pad is unknown"),
        ("Conv", {"k": draw(5, 4, 9, 3)}, "takes larger images, got 6x7"),
        ("Conv", {"k": draw(5, 4, 3, 3), "pads": [0, 0, 0, 0, 0]}, ""),
        ("PRelu", {"k": draw(5, 1, 1)}, ""),
    ],
)  # fmt: skip
def test_constants_that_do_not_fit(tmp_path, kind, attributes, words):
    without_layer(tmp_path, kind, words, inputs="c k", **attributes)


@pytest.mark.parametrize(
    ("kind", "attributes", "words"),
    [
        ("Softmax", {"axis": 0}, "would mix the images of a batch"),
        ("Softmax", {"axis": 5}, "its axis must be from -4 to 3, got 5"),
        ("Flatten", {"axis": 2}, "would mix the images of a batch"),
        ("Transpose", {"perm": [1, 0, 2, 3]}, "must leave axis 0, the batch, in its place"),
        ("Transpose", {}, "must leave axis 0, the batch, in its place"),
        ("ReduceMean", {}, "would mix the images of a batch"),
        ("ReduceMean", {"axes": [0, 2]}, "would mix the images of a batch"),
        ("Split", {}, "would mix the images of a batch"),
        ("Concat", {"axis": 0}, "would mix the images of a batch"),
        ("LayerNormalization", {"axis": 0}, ""),
        ("Cast", {"to": 7}, "stay floating-point numbers"),
        ("MaxPool", {"kernel_shape": [2]}, "only images of two dimensions have a layer"),
        ("MaxPool", {"kernel_shape": [9, 9]}, "takes larger images, got 6x7"),
        ("MaxPool", {}, ""),
        ("LRN", {"size": 0}, ""),
        ("DepthToSpace", {"blocksize": 3}, ""),
        ("DepthToSpace", {}, ""),
        ("DepthToSpace", {"blocksize": 2, "mode": "XYZ"}, ""),
        ("HardSigmoid", {"alpha": float("nan")}, ""),
    ],
)
def test_attributes_that_do_not_fit(tmp_path, kind, attributes, words):
    without_layer(tmp_path, kind, words, **attributes)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"mode": "cubic"}, ""),
        ({"antialias": 1, "mode": "linear"}, "antialias and exclude_outside have no layer"),
        ({"coordinate_transformation_mode": "tf_crop_and_resize"}, ""),
        ({"keep_aspect_ratio_policy": "not_larger"}, "must be given for all axes"),
        ({"axes": [2, 3]}, "must be given for all axes"),
    ],
)
def test_ways_to_resize_without_a_layer(tmp_path, attributes, words):
    sizes = np.array([1, 4, 12, 14])
    without_layer(
        tmp_path, "Resize", words, inputs="c - - sizes", opset=18, sizes=sizes, **attributes
    )


@pytest.mark.parametrize("scales", [[2, 1, 1, 1], [1, 2, 1, 1], [1, 1, 2], [1, 1, 1e6, 1e6]])
def test_scales_without_a_layer(tmp_path, scales):
    scales = np.array(scales, np.float32)
    without_layer(tmp_path, "Resize", inputs="c - scales", scales=scales)


def test_two_values_that_depend_on_the_image(tmp_path):
    for kind, words in (
        ("PRelu", "must be constant"),
        ("Pow", "must be constant"),
        ("Conv", "must be constant"),
    ):
        without_layer(tmp_path, kind, words, inputs="c x")
    flat = [node("Flatten", "x", "f"), node("Add", "x f", "y", "sum")]
    assert "must have one rank" in import_(tmp_path, model(*flat)).fault


def test_a_constant_on_the_wrong_side(tmp_path):
    for kind, k in (("Conv", draw(1, 3, 8, 9)), ("PRelu", draw(4, 1, 1)), ("MatMul", draw(6, 6))):
        without_layer(tmp_path, kind, "its input", inputs="k c", k=k)


def test_an_input_that_is_left_out(tmp_path):
    without_layer(tmp_path, "Conv", inputs="c -")
    without_layer(tmp_path, "Add", inputs="c -")
    without_layer(tmp_path, "Add", inputs="c")
    without_layer(tmp_path, "Reshape", inputs="c")


def test_a_graph_as_an_attribute(tmp_path):
    branch = model(node("Relu", "c", "y")).graph
    without_layer(
        tmp_path, "If", "there is no layer", inputs="k", k=np.array([True]), then_branch=branch,
        else_branch=branch,
    )  # fmt: skip


def test_training_mode(tmp_path):
    arrays = {"r": np.float32(0.5), "t": np.array(True)}
    without_layer(tmp_path, "Dropout", "is in training mode", inputs="c r t", **arrays)
    arrays = {key: np.ones(4, np.float32) for key in "sbuv"}
    without_layer(
        tmp_path,
        "BatchNormalization",
        "in training mode",
        inputs="c s b u v",
        training_mode=1,
        **arrays,
    )
