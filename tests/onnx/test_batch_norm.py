"""Batch normalizations: part of the convolution before them where that is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import InputError
from inverse.layers import BatchNorm, Conv2d, Linear
from inverse.onnx.batch_norm import fold_batch_norm
from tests.onnx.building import SHAPE, agreeing, conv, draw, import_, model, node
from tests.support import seeds

STATISTICS = "s t m v"


def statistics(channels=4, seed=0):
    """Scale and shift of both signs, mean and variance."""
    scale, shift, mean, variance = (draw(channels, seed=seed + i) for i in range(4))
    return {"s": scale, "t": shift, "m": mean, "v": abs(variance) + 0.1}


def normalization(x="c", y="y", name="bn", **attributes):
    return node("BatchNormalization", f"{x} {STATISTICS}", y, name, **attributes)


def kinds(imported):
    return [type(node.layer) for node in imported.nodes.values()]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("opset", [7, 8, 9, 14, 15, 17])
def test_a_convolution_takes_it_in(tmp_path, bias, opset):
    first, arrays = conv("x w b" if bias else "x w", name="conv")
    if bias:
        arrays["b"] = draw(4, seed=9)
    proto = model(first, normalization(), opset=opset, **arrays, **statistics())
    imported = agreeing(tmp_path, proto)
    assert kinds(imported) == [Conv2d]
    assert list(imported.nodes) == ["bn"]
    assert imported.folded == {"conv": "bn"}


@settings(max_examples=20)
@given(st.integers(1, 3), st.sampled_from([1e-5, 1e-3, 0.5]), seeds)
def test_it_is_the_same_function(tmp_path_factory, groups, epsilon, seed):
    """In float64 they differ by the rounding of the new weights to float32 alone."""
    folder, seed = tmp_path_factory.getbasetemp(), seed % 1000
    first, arrays = conv("x w b", "c", channels=(2, 6), group=groups, strides=[2, 1], seed=seed)
    arrays["b"] = draw(6, seed=seed)
    proto = model(
        first, normalization(epsilon=epsilon), shape=(1, 2 * groups, 7, 6), **arrays,
        **statistics(6, seed),
    )  # fmt: skip
    imported = agreeing(folder, proto, tolerance=1e-4)
    assert kinds(imported) == [Conv2d]


def test_its_formula():
    """a (W x + c) + b = (a W) x + (a c + b), with a = s/√(v + ε) and b = t − a m."""
    own = statistics()
    a = own["s"] / np.sqrt(own["v"] + 1e-5)
    _, arrays = conv("x w b")
    w, c = arrays["w"], draw(4, seed=8)

    class Operation:
        x = type("Tensor", (), {"node": "conv", "rank": 4, "shape": (1, 4, 5, 6)})
        opset, outputs = 17, 1

        @staticmethod
        def constant(i):
            return list(own.values())[i - 1]

        @staticmethod
        def attribute(_, default):
            return default

    layer = Conv2d(w.transpose(2, 3, 1, 0), c)
    nodes = {"conv": type("Node", (), {"layer": layer})}
    folded = fold_batch_norm(Operation, nodes, only_use=True)
    np.testing.assert_allclose(folded.weight, layer.weight * a, rtol=1e-6)
    np.testing.assert_allclose(folded.bias, a * c + own["t"] - a * own["m"], rtol=1e-5)
    assert folded.weight.dtype == folded.bias.dtype == np.float32
    assert np.array_equal(layer.bias, c)
    assert fold_batch_norm(Operation, nodes, only_use=False) is None
    assert fold_batch_norm(Operation, {}, only_use=True) is None


def test_a_linear_layer_takes_it_in(tmp_path):
    nodes = [node("Flatten", "x", "f"), node("Gemm", "f w", "c", "fc"), normalization()]
    imported = agreeing(tmp_path, model(*nodes, w=draw(216, 4), **statistics()))
    assert kinds(imported)[1:] == [Linear]
    assert imported.folded == {"fc": "bn"}


def test_two_in_a_row(tmp_path):
    first, arrays = conv(name="conv")
    nodes = [first, normalization(y="d", name="bn1"), normalization("d", "y", "bn2")]
    imported = agreeing(tmp_path, model(*nodes, **arrays, **statistics()))
    assert list(imported.nodes) == ["bn2"]
    assert imported.folded == {"conv": "bn1", "bn1": "bn2"}


def test_what_comes_after_takes_the_new_layer(tmp_path):
    first, arrays = conv(channels=(3, 3), pads=[1, 1, 1, 1])
    nodes = [first, normalization(y="n"), node("Relu", "n", "r"), node("Add", "r n", "y")]
    imported = agreeing(tmp_path, model(*nodes, **arrays, **statistics(3)))
    assert imported.nodes["r"].inputs == ("bn",)


def other_use(kind):
    """Nodes of which something else than the normalization takes the convolution's output."""
    add = node("Add", "n o", "y")
    return {
        "a layer": [normalization(y="n"), node("Relu", "c", "o"), add],
        "a layer before it": [node("Relu", "c", "o"), normalization(y="n"), add],
        "the sum itself": [normalization(y="n"), node("Add", "n c", "y")],
        "twice": [normalization(y="n"), node("Concat", "c c n", "y", axis=1)],
        "another normalization": [
            normalization(y="n"),
            normalization(y="o", name="other", epsilon=0.1),
            add,
        ],
        "another name": [node("Identity", "c", "i"), normalization(y="n"), node("Add", "n i", "y")],
        "by another name": [
            node("Identity", "c", "i"), normalization("i", "n"), node("Add", "n c", "y"),
        ],
        "a name of a name": [
            node("Identity", "c", "i"), node("Dropout", "i", "j"), normalization("i", "n"),
            node("Add", "n j", "y"),
        ],
        "a later name": [
            normalization(y="n"), node("Identity", "c", "i"), node("Add", "n i", "y"),
        ],
    }[kind]  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [
        "a layer", "a layer before it", "the sum itself", "twice", "another normalization",
        "another name", "by another name", "a name of a name", "a later name",
    ],
)  # fmt: skip
def test_not_where_something_else_needs_the_convolution(tmp_path, kind):
    first, arrays = conv()
    imported = agreeing(tmp_path, model(first, *other_use(kind), **arrays, **statistics()))
    assert BatchNorm in kinds(imported)
    assert "c" in imported.nodes
    assert imported.folded == {}


def test_not_where_the_convolution_is_an_output_too(tmp_path):
    first, arrays = conv()
    proto = model(first, normalization(), **arrays, **statistics())
    proto.graph.output.add(name="c")
    assert kinds(agreeing(tmp_path, proto)) == [Conv2d, BatchNorm]


def test_also_through_names_that_nothing_else_takes(tmp_path):
    first, arrays = conv(name="conv")
    nodes = [first, node("Identity", "c", "i"), normalization("i")]
    imported = agreeing(tmp_path, model(*nodes, **arrays, **statistics()))
    assert kinds(imported) == [Conv2d]


@pytest.mark.parametrize("before", ["nothing", "Relu", "MaxPool"])
def test_without_a_convolution_it_is_a_layer(tmp_path, before):
    nodes = {
        "nothing": [normalization("x")],
        "Relu": [node("Relu", "x", "c"), normalization()],
        "MaxPool": [node("MaxPool", "x", "c", kernel_shape=[2, 2]), normalization()],
    }[before]
    imported = agreeing(tmp_path, model(*nodes, **statistics(3)))
    assert kinds(imported)[-1] is BatchNorm


def test_of_vectors(tmp_path):
    nodes = [node("Flatten", "x", "f"), node("Relu", "f", "c"), normalization()]
    imported = agreeing(tmp_path, model(*nodes, **statistics(216)))
    assert kinds(imported)[-1] is BatchNorm


def test_channels_that_are_no_longer_those_of_the_linear_layer(tmp_path):
    """MatMul along the last axis, and a normalization along axis 1."""
    nodes = [node("Reshape", "x k", "f"), node("MatMul", "f w", "c"), normalization()]
    arrays = {"k": np.array([0, 3, 72]), "w": draw(72, 3)}
    imported = agreeing(tmp_path, model(*nodes, **arrays, **statistics(3)))
    assert kinds(imported)[-1] is BatchNorm
    nodes = [node("MatMul", "x w", "c"), normalization()]
    agreeing(tmp_path, model(*nodes, w=draw(9, 3), **statistics(3)))


def test_a_transposed_convolution(tmp_path):
    turned = node("ConvTranspose", "x w", "c", strides=[2, 2])
    agreeing(tmp_path, model(turned, normalization(), w=draw(3, 4, 3, 3), **statistics()))


def test_it_makes_no_gap_in_the_order_of_layers(tmp_path):
    """The new layer comes where the normalization is, after everything that it needs."""
    first, arrays = conv("x w", "c", channels=(3, 3), pads=[1, 1, 1, 1])
    nodes = [first, node("Relu", "x", "r"), normalization(y="n"), node("Add", "n r", "y")]
    imported = agreeing(tmp_path, model(*nodes, **arrays, **statistics(3)))
    assert list(imported.nodes) == ["r", "bn", "y"]


def test_wrong_numbers_of_channels(tmp_path):
    first, arrays = conv()
    fault = import_(tmp_path, model(first, normalization(), **arrays, **statistics(5))).fault
    assert fault is not None
    assert "node 'bn', operator BatchNormalization of opset 17, cannot be imported" in fault
    proto = model(normalization("x"), node("Relu", "x", "r"), **statistics(5))
    with pytest.raises(InputError, match="cannot be used: node 'bn'"):
        import_(tmp_path, proto)


def test_shapes_of_all_sizes(tmp_path):
    first, arrays = conv()
    proto = model(first, normalization(), shape=(1, 3, "H", "W"), **arrays, **statistics())
    imported = agreeing(tmp_path, proto, SHAPE)
    assert imported.graph.output_shape((2, 20, 30, 3)) == (2, 18, 28, 4)


def test_statistics_that_are_missing(tmp_path):
    first, arrays = conv()
    for inputs in ("c", "c s", "c s t m -"):
        last = node("BatchNormalization", inputs, "y", "bn")
        imported = import_(tmp_path, model(first, last, **arrays, **statistics()))
        assert "node 'bn', operator BatchNormalization" in imported.fault
