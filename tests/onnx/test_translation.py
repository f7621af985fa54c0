"""Graphs that are none, sizes, and graphs whose import is right."""

import warnings

import numpy as np
import pytest

from inverse.errors import InputError, ShapeError
from inverse.onnx import declared_shape, read_model
from tests.onnx.building import SHAPE, agreeing, conv, draw, import_, model, node, save


def refused(tmp_path, proto, *words, shape=None):
    """The message of the InputError that the import raises: one line with the words."""
    with pytest.raises(InputError) as caught:
        import_(tmp_path, proto, shape)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


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
    refused(tmp_path, proto, "cannot be used: its output 'y' does not depend on the image")


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


# Graphs that are imported


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
    first, filters = conv()
    nodes = [first, node("Dropout", "c", "d"), node("Relu", "d", "y")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agreeing(tmp_path, model(*nodes, **filters))
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err == ""
