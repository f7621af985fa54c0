"""Graphs that are none, operators without a layer, and operators as each opset writes them."""

import warnings

import numpy as np
import pytest
from onnx import defs

from inverse.errors import InputError, ShapeError
from inverse.onnx import declared_shape, read_model, translate
from tests.onnx.building import SHAPE, agreeing, conv, draw, import_, model, node, save


def refused(tmp_path, proto, *words, shape=None):
    """The message of the InputError that the import raises: one line with the words."""
    with pytest.raises(InputError) as caught:
        import_(tmp_path, proto, shape)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def without_layer(tmp_path, kind, *words, inputs="c", opset=17, **attributes):
    """The fault of a model whose second node, after a convolution, is not to be imported."""
    first, filters = conv()
    arrays = {key: v for key, v in attributes.items() if isinstance(v, np.ndarray | np.generic)}
    rest = {key: v for key, v in attributes.items() if key not in arrays}
    middle = node(kind, inputs, "m", "middle", **rest)
    proto = model(first, middle, node("Relu", "m", "y"), opset=opset, **filters, **arrays)
    imported = import_(tmp_path, proto)
    assert list(imported.nodes) == ["c"]
    fault = imported.fault
    assert fault.startswith(
        f"node 'middle', operator {kind} of opset {opset}, cannot be imported: "
    )
    assert fault.endswith("; the last layer usable before it is 'c': take until('c')")
    for word in words:
        assert word in fault
    return fault


# Graphs that are none


def test_a_cycle(tmp_path):
    proto = model(node("Add", "x b", "a"), node("Relu", "a", "b", "back"), node("Relu", "b", "y"))
    refused(tmp_path, proto, "node 'a' takes 'b'", "has a cycle, or is not sorted")


def test_a_node_that_takes_itself(tmp_path):
    refused(tmp_path, model(node("Add", "x y", "y", "itself")), "node 'itself' takes 'y'", "cycle")


def test_nodes_that_are_not_sorted(tmp_path):
    refused(tmp_path, model(node("Relu", "a", "y"), node("Relu", "x", "a")), "is not sorted")


def test_a_loose_end(tmp_path):
    proto = model(node("Relu", "x", "a"), node("Add", "a missing", "y", "sum"))
    refused(tmp_path, proto, "node 'sum' takes 'missing', which nothing before it gives", "loose")


def test_the_output_is_a_loose_end(tmp_path):
    proto = model(node("Relu", "x", "a"), output="missing")
    assert "its output 'missing' does not depend on the image" in import_(tmp_path, proto).fault


def test_a_missing_initializer_is_an_input(tmp_path):
    first, _ = conv()
    proto = model(first, node("Relu", "c", "y"), inputs=[("w", (4, 3, 3, 3))])
    refused(tmp_path, proto, "must have one input, the image, got x, w", shape=SHAPE)


def test_an_initializer_may_be_an_input_too(tmp_path):
    """As files of before IR version 4 have it."""
    first, filters = conv()
    proto = model(first, node("Relu", "c", "y"), inputs=[("w", (4, 3, 3, 3))], **filters)
    agreeing(tmp_path, proto, SHAPE)


def test_several_inputs(tmp_path):
    proto = model(node("Add", "x z", "y"), inputs=[("z", SHAPE)])
    refused(tmp_path, proto, "must have one input, the image, got x, z", shape=SHAPE)


def test_no_input(tmp_path):
    proto = model(node("Relu", "k", "y"), k=draw(3))
    del proto.graph.input[:]
    refused(tmp_path, proto, "must have one input, the image, got none", shape=SHAPE)


def test_nothing_depends_on_the_image(tmp_path):
    proto = model(node("Neg", "k", "y"), k=draw(3))
    refused(tmp_path, proto, "cannot be used: no layer of it depends on the image")


def test_not_even_the_first_node_has_a_layer(tmp_path):
    proto = model(node("Det", "x", "y", "first"))
    refused(tmp_path, proto, "cannot be used: node 'first', operator Det of opset 17, cannot be")


def test_a_model_that_does_nothing(tmp_path):
    imported = import_(tmp_path, model(node("Identity", "x", "y")))
    x = draw(1, 8, 9, 3)
    assert imported.fault is None
    assert np.array_equal(imported.graph(x), x)


def test_a_second_output_is_left_out(tmp_path):
    proto = model(node("Relu", "x", "y"), node("Sigmoid", "x", "z"))
    proto.graph.output.add(name="z")
    imported = agreeing(tmp_path, proto)
    assert list(imported.nodes) == ["y", "z"]
    assert list(imported.graph.nodes) == ["y"]


# Sizes


def test_what_is_declared(tmp_path):
    def declared(shape):
        return declared_shape(
            read_model(save(tmp_path, model(node("Relu", "x", "y"), shape=shape)))
        )

    assert declared((1, 3, 8, 9)) == [1, 3, 8, 9]
    assert declared(("N", 3, "H", "W")) == [None, 3, None, None]
    assert declared((None, 3, 0, -1)) == [None, 3, None, None]
    assert declared(()) == []
    with pytest.raises(ShapeError, match="declares no shape of its input"):
        declared(None)


def test_an_image_of_any_size(tmp_path):
    first, filters = conv(pads=[1, 1, 1, 1])
    second = node("GlobalAveragePool", "c", "g")
    proto = model(first, second, node("Flatten", "g", "y"), shape=("N", 3, "H", "W"), **filters)
    for size in ((6, 5), (3, 11)):
        imported = agreeing(tmp_path, proto, (1, 3, *size))
        assert imported.graph.output_shape((7, 20, 30, 3)) == (7, 4)


def test_a_size_that_does_not_fit(tmp_path):
    first, filters = conv()
    refused(tmp_path, model(first, output="c", **filters), "larger images", shape=(1, 3, 2, 9))
    refused(tmp_path, model(first, output="c", **filters), "3 channels", shape=(1, 4, 8, 9))


# Operators without a layer


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
        ("Reshape", {"k": np.array([4, 7, 6])}, "would mix the images of a batch: shape (1, 4, 6, 7)"),
        ("Reshape", {"k": np.array([-1, 7])}, "would mix the images of a batch"),
        ("Reshape", {"k": np.array([-1])}, "would mix the images of a batch"),
        ("Reshape", {"k": np.array([1, 5])}, "cannot become (1, 5)"),
        ("Reshape", {"k": np.array([1, -1, -1])}, "or -1 once"),
        ("Squeeze", {"k": np.array([0])}, "would remove axis 0, the batch"),
        ("Unsqueeze", {"k": np.array([0])}, "would put an axis before the batch"),
        ("Expand", {"k": np.array([2, 4, 6, 7])}, "would change the batch"),
        ("Expand", {"k": np.array([1, 4, 6 * 10**8, 7])}, ""),
        ("Gather", {"k": np.array([0])}, "would mix the images of a batch"),
        ("Gather", {"k": np.array([9]), "axis": 1}, "its indices must be from -4 to 3"),
        ("Gather", {"k": np.array([0]), "axis": 7}, "axis must be from -4 to 3, got 7"),
        ("Pad", {"k": np.array([1, 0, 0, 0, 0, 0, 0, 0])}, "would mix the images of a batch"),
        ("Pad", {"k": np.array([0, 0, 2**16, 2**16, 0, 0, 0, 0])}, "takes more than 2147483648 bytes"),
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
        ("Conv", {"k": draw(5, 4, 3, 3), "auto_pad": "SAME"}, "its auto_pad is unknown, got 'SAME'"),
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
    arrays = {key: np.ones(4, np.float32) for key in "sbmv"}
    without_layer(
        tmp_path,
        "BatchNormalization",
        "in training mode",
        inputs="c s b m v",
        training_mode=1,
        **arrays,
    )


# The same operator as each opset writes it


def softmax(kind, opset, image):
    """Up to opset 12 over all axes from ``axis`` on: here there is one."""
    if not image:
        return [node(kind, "x", "y")], {}
    places = [node("GlobalMaxPool", "x", "p"), node(kind, "p", "y", axis=1)]
    return places if opset < 13 else [node(kind, "x", "y", axis=1)], {}


def clip(opset):
    if opset < 11:
        return [node("Clip", "x", "y", min=-0.5, max=0.75)], {}
    return [node("Clip", "x low high", "y")], {"low": np.float32(-0.5), "high": np.float32(0.75)}


def slices(opset):
    places = {"starts": [1, -7], "ends": [10**6, -2], "axes": [2, 3]}
    if opset < 10:
        return [node("Slice", "x", "y", **places)], {}
    arrays = {key: np.array(value) for key, value in places.items()}
    return [node("Slice", "x starts ends axes steps", "y")], arrays | {"steps": np.array([2, 3])}


def pads(opset):
    amounts = [0, 0, 1, 2, 0, 1, 3, 0]
    if opset < 11:
        return [node("Pad", "x", "y", pads=amounts, value=0.25)], {}
    return [node("Pad", "x pads k", "y")], {"pads": np.array(amounts), "k": np.float32(0.25)}


def squeezed(opset):
    pool = node("GlobalAveragePool", "x", "p")
    if opset < 13:
        return [pool, node("Squeeze", "p", "y", axes=[2, -1] if opset > 10 else [2, 3])], {}
    return [pool, node("Squeeze", "p axes", "y")], {"axes": np.array([2, -1])}


def unsqueezed(opset):
    flat = node("Flatten", "x", "f")
    if opset < 13:
        return [flat, node("Unsqueeze", "f", "y", axes=[2, 3])], {}
    return [flat, node("Unsqueeze", "f axes", "y")], {"axes": np.array([2, -1])}


def split(opset):
    both = node("Concat", "b a", "y", axis=1)
    if opset < 13:
        return [node("Split", "x", "a b", axis=1, split=[1, 2]), both], {}
    return [node("Split", "x split", "a b", axis=1), both], {"split": np.array([1, 2])}


def equal_split(opset):
    number = {"num_outputs": 3} if opset >= 18 else {}
    parts = node("Split", "x", "a b c", axis=1, **number)
    return [parts, node("Concat", "b c a", "y", axis=1)], {}


def upsample(opset):
    if opset < 9:
        return [node("Upsample", "x", "y", scales=[1.0, 1.0, 2.0, 3.0], mode="nearest")], {}
    scales = np.array([1, 1, 2, 3], np.float32)
    return [node("Upsample", "x scales", "y", mode="nearest")], {"scales": scales}


def resized(opset):
    scales = np.array([1, 1, 2, 1.5], np.float32)
    arrays = {"scales": scales, "roi": np.array([], np.float32)}
    inputs = "x scales" if opset < 11 else "x roi scales"
    return [node("Resize", inputs, "y", mode="linear")], arrays


def dropout(opset):
    first, filters = conv()
    if opset < 12:
        return [first, node("Dropout", "c", "d", ratio=0.25), node("Relu", "d", "y")], filters
    filters["ratio"] = np.float32(0.25)
    return [first, node("Dropout", "c ratio", "d mask"), node("Relu", "d", "y")], filters


def mean(kind, opset, keep):
    if opset < (18 if kind == "ReduceMean" else 13):
        return [node(kind, "x", "y", axes=[2, 3], keepdims=keep)], {}
    return [node(kind, "x axes", "y", keepdims=keep)], {"axes": np.array([2, -1])}


def normalized(opset):
    arrays = {key: abs(draw(3, seed=i)) + 0.5 for i, key in enumerate("sbmv")}
    return [node("BatchNormalization", "x s b m v", "y", epsilon=1e-3)], arrays


VARIANTS = {
    "Clip": {"": clip},
    "Softmax": {
        "of features": lambda o: softmax("Softmax", o, False),
        "of channels": lambda o: softmax("Softmax", o, True),
    },
    "LogSoftmax": {"": lambda o: softmax("LogSoftmax", o, True)},
    "Slice": {"": slices},
    "Pad": {"": pads},
    "Squeeze": {"": squeezed},
    "Unsqueeze": {"": unsqueezed},
    "Split": {"": split, "equal": equal_split},
    "Upsample": {"": upsample},
    "Resize": {"": resized},
    "Dropout": {"": dropout},
    "ReduceMean": {
        "": lambda o: mean("ReduceMean", o, 1), "less": lambda o: mean("ReduceMean", o, 0),
    },
    "ReduceSum": {"": lambda o: mean("ReduceSum", o, 0)},
    "BatchNormalization": {"": normalized},
    "Reshape": {"": lambda _: ([node("Reshape", "x k", "y")], {"k": np.array([0, -1, 6])})},
    "Flatten": {"": lambda _: ([node("Flatten", "x", "y")], {})},
    "MaxPool": {"": lambda _: ([node("MaxPool", "x", "y", kernel_shape=[2, 3])], {})},
    "AveragePool": {"": lambda _: ([node("AveragePool", "x", "y", kernel_shape=[2, 3])], {})},
}  # fmt: skip


def opsets(kind):
    """7 and every later opset that changed the operator, until it was abolished."""
    history = [s for s in defs.get_all_schemas_with_history() if s.name == kind and not s.domain]
    changes = {s.since_version for s in history if not s.deprecated}
    first = min(changes)
    return sorted({max(7, first)} | {v for v in changes if v > 7})


@pytest.mark.parametrize(
    ("kind", "variant", "opset"),
    [(kind, variant, o) for kind, own in VARIANTS.items() for variant in own for o in opsets(kind)],
)
def test_every_opset(tmp_path, kind, variant, opset):
    nodes, arrays = VARIANTS[kind][variant](opset)
    shape = (1, 7) if variant == "of features" else SHAPE
    agreeing(tmp_path, model(*nodes, opset=opset, shape=shape, **arrays))


@pytest.mark.parametrize("opset", [7, 11, 12])
def test_softmax_over_several_axes(tmp_path, opset):
    """Before opset 13 it means rows, columns and channels together, which has no layer."""
    without_layer(tmp_path, "Softmax", "works over all axes from 1 on", opset=opset)


@pytest.mark.parametrize(
    ("low", "high"), [(None, 0.5), (-0.5, None), (None, None), (0.0, 6.0), (-np.inf, np.inf)]
)
def test_clip_without_a_bound(tmp_path, low, high):
    names = ["-" if v is None else name for name, v in (("low", low), ("high", high))]
    bounds = {"low": low, "high": high}
    arrays = {name: np.float32(v) for name, v in bounds.items() if v is not None}
    agreeing(tmp_path, model(node("Clip", " ".join(["x", *names]), "y"), **arrays))
    attributes = {k: float(bounds[v]) for k, v in (("min", "low"), ("max", "high")) if v in arrays}
    agreeing(tmp_path, model(node("Clip", "x", "y", **attributes), opset=7))


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("stride", [[1, 1], [2, 3]])
@pytest.mark.parametrize("kind", ["Conv", "MaxPool", "AveragePool"])
def test_auto_pad(tmp_path, kind, auto_pad, stride):
    geometry = {"auto_pad": auto_pad, "strides": stride, "kernel_shape": [3, 4]}
    for size in ((8, 9), (7, 10)):
        shape = (1, 3, *size)
        if kind == "Conv":
            w = draw(5, 3, 3, 4)
            proto = model(node(kind, "x w", "y", **geometry), shape=shape, w=w)
        else:
            proto = model(node(kind, "x", "y", **geometry), shape=shape)
        agreeing(tmp_path, proto)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_auto_pad_of_transposed_convolutions(tmp_path, auto_pad):
    turned = node("ConvTranspose", "x w", "y", auto_pad=auto_pad, strides=[2, 3])
    agreeing(tmp_path, model(turned, w=draw(3, 5, 3, 4)))


def test_auto_pad_with_dilation(tmp_path):
    """Which onnxruntime does not have: a filter of 3 taps, 2 apart, reaches over 5 places."""
    w = draw(5, 3, 3, 3)
    y = [
        import_(tmp_path, model(node("Conv", "x w", "y", dilations=[2, 2], **pads), w=w)).graph(
            draw(1, 8, 9, 3)
        )
        for pads in ({"auto_pad": "SAME_UPPER"}, {"pads": [2, 2, 2, 2]})
    ]
    assert np.array_equal(*y)


@pytest.mark.parametrize(
    "perm", [[0, 1, 3, 2], [0, 2, 3, 1], [0, 3, 1, 2], [0, 3, 2, 1], [0, 2, 1, 3]]
)
def test_transposed_images_keep_their_meaning(tmp_path, perm):
    nodes = [node("Transpose", "x", "t", perm=perm), node("ReduceMean", "t", "r", axes=[2])]
    agreeing(tmp_path, model(*nodes, node("Flatten", "r", "y")))


def test_vectors_as_images_and_back(tmp_path):
    nodes = [
        node("Reshape", "x k", "t"),
        node("MatMul", "t m", "a"),
        node("Softmax", "a", "s"),
        node("Reshape", "s l", "y"),
    ]
    arrays = {"k": np.array([0, 3, -1]), "m": draw(72, 8), "l": np.array([0, 2, 3, 4])}
    agreeing(tmp_path, model(*nodes, **arrays))


@pytest.mark.parametrize(
    "middle",
    [
        node("Flatten", "x", "y", "middle", axis=0),
        node("Reshape", "x k", "y", "middle"),
        node("Transpose", "x", "y", "middle", perm=[1, 0, 2, 3]),
    ],
)
def test_images_of_a_batch_are_not_mixed(tmp_path, middle):
    fault = "node 'middle'.*: its? .*(mix the images of a batch|leave axis 0, the batch)"
    with pytest.raises(InputError, match=fault):
        import_(tmp_path, model(middle, shape=(2, 3, 8, 9), k=np.array([1, -1])))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_batches(tmp_path, batch):
    first, filters = conv()
    nodes = [first, node("Flatten", "c", "f"), node("Gemm", "f m b", "y", transB=1, alpha=0.5)]
    filters |= {"m": draw(5, 168), "b": draw(5)}
    imported = agreeing(tmp_path, model(*nodes, shape=(batch, *SHAPE[1:]), **filters))
    assert imported.graph.output_shape((3, 8, 9, 3)) == (3, 5)


def test_a_residual_branch(tmp_path):
    first, filters = conv(channels=(3, 3), pads=[1, 1, 1, 1])
    nodes = [
        first,
        node("Add", "c x", "a"),
        node("Relu", "a", "r"),
        node("Concat", "r x a", "y", axis=1),
    ]
    agreeing(tmp_path, model(*nodes, **filters))


def test_one_constant_for_several_nodes(tmp_path):
    first, filters = conv(channels=(3, 3), pads=[1, 1, 1, 1])
    agreeing(
        tmp_path,
        model(
            first,
            node("Conv", "c w", "d"),
            node("Mul", "d k", "e"),
            node("Add", "e k", "y"),
            k=draw(3, 1, 1),
            **filters,
        ),
    )


def test_the_graph_keeps_float64(tmp_path):
    first, filters = conv()
    nodes = [
        first,
        node("LRN", "c", "l", size=3),
        node("Mul", "l k", "m"),
        node("Softmax", "m", "y", axis=1),
    ]
    imported = agreeing(tmp_path, model(*nodes, k=np.float32(2), **filters))
    for dtype in (np.float32, np.float64):
        assert imported.graph(draw(1, 8, 9, 3).astype(dtype)).dtype == dtype


def test_nothing_is_printed(tmp_path, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nodes, arrays = dropout(17)
        agreeing(tmp_path, model(*nodes, **arrays))
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err == ""
