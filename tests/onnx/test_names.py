"""Names of layers: the model's, made unique, and the paper's."""

import numpy as np
import pytest

from inverse.layers.graph import INPUT
from inverse.onnx.names import PAPER_NAMES, paper_names
from inverse.preprocessing import STEPS
from tests.onnx.building import agreeing, conv, draw, import_, model, node


def names(tmp_path, *nodes, **arrays):
    return list(agreeing(tmp_path, model(*nodes, **arrays)).nodes)


def test_nodes_have_their_own_names(tmp_path):
    assert names(tmp_path, node("Relu", "x", "a", "first"), node("Abs", "a", "y", "second")) == [
        "first", "second",
    ]  # fmt: skip


def test_nodes_without_a_name_have_that_of_their_output(tmp_path):
    assert names(tmp_path, node("Relu", "x", "a"), node("Abs", "a", "y", "")) == ["a", "y"]


def test_names_that_several_nodes_have(tmp_path):
    nodes = [node("Relu", "x", "a", "n"), node("Abs", "a", "b", "n"), node("Neg", "b", "y", "n")]
    assert list(import_(tmp_path, model(*nodes)).nodes) == ["n", "n-2", "n-3"]


def test_a_name_that_was_made_unique_is_taken_too(tmp_path):
    nodes = [node("Relu", "x", "a", "n"), node("Abs", "a", "b", "n"), node("Neg", "b", "y", "n-2")]
    assert list(import_(tmp_path, model(*nodes)).nodes) == ["n", "n-2", "n-2-2"]


@pytest.mark.parametrize("name", [INPUT, *STEPS])
def test_names_that_are_ours(tmp_path, name):
    found = names(tmp_path, node("Relu", "x", "a", name), node("Abs", "a", "y"))
    assert found == [f"{name}-2", "y"]


def test_a_tensor_may_have_the_name_of_our_input(tmp_path):
    first, arrays = conv("x w", "input")
    nodes = [first, node("Relu", "input", "preprocessing"), node("Abs", "preprocessing", "y")]
    assert names(tmp_path, *nodes, **arrays) == ["input-2", "preprocessing-2", "y"]


@pytest.mark.parametrize("name", ["a/b.c:0", "Größe", "with space", "x" * 1000, "-"])
def test_any_characters(tmp_path, name):
    assert names(tmp_path, node("Relu", "x", "a", name), node("Abs", "a", "y")) == [name, "y"]


def test_characters_that_cannot_be_printed(tmp_path):
    proto = node("Relu", "x", "a", "a\n\x1b[2Jb"), node("Abs", "a", "y")
    assert names(tmp_path, *proto) == ["a??[2Jb", "y"]


def test_nodes_that_do_nothing_are_aliases(tmp_path):
    nodes = [
        node("Relu", "x", "a", "relu"),
        node("Identity", "a", "b", "same"),
        node("Dropout", "b", "c", "drop"),
        node("Abs", "c", "y", "abs"),
    ]
    imported = agreeing(tmp_path, model(*nodes))
    assert list(imported.nodes) == ["relu", "abs"]
    assert imported.aliases == {"same": "relu", "drop": "relu"}


def test_parts_of_a_node_have_its_name(tmp_path):
    nodes = [node("Split", "x", "a b c", "cut", axis=1), node("Mean", "a b", "y", "mean")]
    found = names(tmp_path, *nodes)
    assert found == ["cut/0", "cut/1", "cut/2", "mean/sum", "mean"]


CAFFENET = [
    "Conv", "Relu", "MaxPool", "LRN", "Conv", "Relu", "MaxPool", "LRN", "Conv", "Relu", "Conv",
    "Relu", "Conv", "Relu", "MaxPool", "Gemm", "Relu", "Gemm", "Relu", "Gemm",
]  # fmt: skip
ALEXNET = [*CAFFENET[:2], "LRN", "MaxPool", *CAFFENET[4:6], "LRN", "MaxPool", *CAFFENET[8:]]


def chain(kinds, dropout=True):
    """A network of these operators, of few channels; with what has no name in the paper."""
    nodes, arrays, x = [], {}, "x"
    channels, rank = 3, 4
    for i, kind in enumerate(kinds):
        y, inputs, attributes = f"t{i}", x, {}
        if kind == "Conv":
            arrays[f"w{i}"] = draw(4, channels, 3, 3, seed=i) / 5
            inputs, channels, attributes = f"{x} w{i}", 4, {"pads": [1, 1, 1, 1]}
        elif kind == "MaxPool":
            attributes = {"kernel_shape": [2, 2], "strides": [1, 1]}
        elif kind == "LRN":
            attributes = {"size": 3}
        elif kind == "Gemm":
            if rank == 4:
                nodes.append(node("Flatten", x, "flat", "flatten"))
                inputs = x = "flat"
                rank, channels = 2, 4 * (8 - 3) * (9 - 3)
            elif dropout:
                nodes.append(node("Dropout", x, f"d{i}", f"drop{i}"))
                x = f"d{i}"
            arrays[f"w{i}"] = draw(channels, 4, seed=i) / 5
            inputs, channels = f"{x} w{i}", 4
        nodes.append(node(kind, inputs, y, f"node{i}", **attributes))
        x = y
    return [*nodes, node("Softmax", x, "y", "prob")], arrays


@pytest.mark.parametrize("dropout", [True, False])
def test_caffenet_has_the_names_of_the_paper(tmp_path, dropout):
    nodes, arrays = chain(CAFFENET, dropout)
    found = names(tmp_path, *nodes, **arrays)
    assert [name for name in found if name not in ("flatten", "prob")] == PAPER_NAMES


def test_alexnet_normalizes_first(tmp_path):
    nodes, arrays = chain(ALEXNET)
    found = names(tmp_path, *nodes, **arrays)
    expected = list(PAPER_NAMES)
    for i in (2, 6):
        expected[i : i + 2] = expected[i + 1], expected[i]
    assert expected[2:8] == ["norm1", "pool1", "conv2", "relu2", "norm2", "pool2"]
    assert [name for name in found if name not in ("flatten", "prob")] == expected


@pytest.mark.parametrize(
    "kinds", [CAFFENET[:-1], CAFFENET[1:], [*CAFFENET, "Relu"], [*ALEXNET[:4], *CAFFENET[4:]], []]
)
def test_other_chains_keep_their_own_names(tmp_path, kinds):
    nodes, arrays = chain(kinds)
    nodes, arrays = (nodes, arrays) if kinds else ([node("Relu", "x", "y", "node0")], {})
    assert paper_names(nodes) == {}
    assert "node0" in names(tmp_path, *nodes, **arrays)


def test_a_name_of_the_paper_that_a_node_has_already(tmp_path):
    """The names of the paper go by the order of the layers, not by the model's own."""
    nodes, arrays = chain(CAFFENET)
    for i in (0, 4):
        nodes[i].name = "conv2" if i == 0 else "conv1"
    nodes[-1].name = "fc8"
    found = names(tmp_path, *nodes, **arrays)
    assert found[0] == "conv1"
    assert found[4] == "conv2"
    assert found[-2:] == ["fc8", "fc8-2"]


def test_the_paper_has_20_layers():
    assert len(PAPER_NAMES) == len(set(PAPER_NAMES)) == 20
    assert np.isin(["conv1", "norm2", "pool5", "fc6", "relu7", "fc8"], PAPER_NAMES).all()
