"""Graph against its formula, on branches that meet again."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings

from inverse.errors import InputError, ParameterError, ShapeError
from inverse.layers import (
    Add,
    Affine,
    Chain,
    Clamp,
    Concat,
    Graph,
    Join,
    L2Normalization,
    Layer,
    Mul,
    Node,
    ReduceMean,
    Sub,
)
from inverse.layers.graph import as_graph, ending_with, unique_name
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

# "unit" is used three times, "clamp" twice, the input twice, and "residual" is the last
GRAPH = Graph(
    {
        "unit": Node(L2Normalization(0.5), ("input",)),
        "clamp": Node(Clamp(0.3), ("unit",)),
        "mean": Node(ReduceMean((1, 2)), ("unit",)),
        "gate": Node(Mul(), ("clamp", "mean")),
        "both": Node(Concat(), ("gate", "unit", "clamp")),
        "pooled": Node(ReduceMean((3,)), ("both",)),
        "residual": Node(Add(), ("input", "pooled")),
    }
)


def differentiable(x: Array) -> Any:
    """GRAPH in autograd.numpy."""
    unit = x / (anp.sqrt(anp.sum(x**2, axis=3, keepdims=True)) + 0.5)
    clamp = anp.minimum(unit, 0.3)
    gate = clamp * anp.mean(unit, axis=(1, 2), keepdims=True)
    both = anp.concatenate([gate, unit, clamp], axis=3)
    return x + anp.mean(both, axis=3, keepdims=True)


def naive_graph(x: Array, nodes: dict[str, Node]) -> Array:
    """Every layer in turn, given the outputs of those it names."""
    values = {"input": x}
    for name, node in nodes.items():
        values[name] = node.layer(*(values[source] for source in node.inputs))
    return values[name]


def naive_backward(x: Array, dy: Array, nodes: dict[str, Node]) -> Array:
    """The sum over all paths from y back to x, each followed by itself."""
    values, caches = {"input": x}, {}
    for name, node in nodes.items():
        inputs = (values[source] for source in node.inputs)
        values[name], caches[name] = node.layer.forward(*inputs)

    def follow(name: str, gradient: Array) -> Array:
        if name == "input":
            return gradient
        layer, sources = nodes[name]
        found = layer.backward(gradient, caches[name])
        shares = found if isinstance(layer, Join) else (found,)
        return sum(follow(source, share) for source, share in zip(sources, shares, strict=True))

    return follow(name, dy)


@given(shapes(c=(2, 5)), seeds)
@settings(max_examples=25)
def test_equals_the_naive_definition(shape: tuple[int, ...], seed: int) -> None:
    x, dy = normal(seed, shape), normal(seed + 1, shape)
    y, cache = GRAPH.forward(x)
    np.testing.assert_array_equal(y, naive_graph(x, GRAPH.nodes))
    assert_close(GRAPH.backward(dy, cache), naive_backward(x, dy, GRAPH.nodes))


@given(shapes(c=(2, 5)), seeds)
@settings(max_examples=25)
def test_graph_contract(shape: tuple[int, ...], seed: int) -> None:
    check_layer(GRAPH, normal(seed, shape), rng=seed)


@given(shapes(c=(2, 5)), seeds)
@settings(max_examples=25)
def test_backward_equals_autograd(shape: tuple[int, ...], seed: int) -> None:
    x, dy = normal(seed, shape), normal(seed + 1, shape)
    assert_close(GRAPH(x), differentiable(x))
    found = GRAPH.backward(dy, GRAPH.forward(x)[1])
    assert_close(found, vjp(differentiable, x, dy), rtol=1e-9)


@pytest.mark.parametrize(
    ("join", "expected"), [(Add(), 2.0), (Sub(), 0.0), (Mul(), 6.0), (Concat(), 2.0)]
)
def test_an_input_taken_twice_by_one_node(join: Join, expected: float) -> None:
    graph = Graph({"twice": Node(join, ("input", "input"))})
    y, cache = graph.forward(np.array([[3.0]]))
    assert graph.backward(np.ones_like(y), cache).tolist() == [[expected]]


def test_until_keeps_only_what_the_named_layer_depends_on() -> None:
    gate = GRAPH.until("gate")
    assert list(gate.nodes) == ["unit", "clamp", "mean", "gate"]
    assert list(GRAPH.until("mean").nodes) == ["unit", "mean"]
    assert list(GRAPH.until("residual").nodes) == list(GRAPH.nodes)
    x = normal(0, (2, 4, 3, 5))
    np.testing.assert_array_equal(gate(x), naive_graph(x, gate.nodes))


def test_shapes_are_those_of_every_layer() -> None:
    found = GRAPH.shapes((2, 4, 3, 5))
    assert list(found) == [name for name, _ in GRAPH]
    assert found["mean"] == (2, 1, 1, 5)
    assert found["both"] == (2, 4, 3, 15)
    assert found["residual"] == GRAPH.output_shape((2, 4, 3, 5)) == (2, 4, 3, 5)


def test_steps_ahead_and_back_name_every_layer() -> None:
    x, dy = normal(0, (2, 4, 3, 5)), normal(1, (2, 4, 3, 5))
    steps = list(GRAPH.ahead(x))
    assert [name for name, _, _ in steps] == list(GRAPH.nodes)
    shares = dict(GRAPH.back(dy, [cache for _, _, cache in steps]))
    assert list(shares) == [*reversed(list(GRAPH.nodes)), "input"]
    assert [share.shape for share in shares["both"]] == [(2, 4, 3, 5)] * 3
    np.testing.assert_array_equal(shares["input"][0], GRAPH.backward(dy, GRAPH.forward(x)[1]))


def test_a_chain_is_a_graph() -> None:
    chain = Chain({"scale": Affine(2.0), "clamp": Clamp()})
    graph, x = as_graph(chain), normal(0, (2, 3))
    assert [node.inputs for node in graph.nodes.values()] == [("input",), ("scale",)]
    np.testing.assert_array_equal(graph(x), chain(x))
    assert as_graph(graph) is graph
    assert list(as_graph(Clamp()).nodes) == ["Clamp"]


def test_nodes_that_lead_elsewhere_are_dropped() -> None:
    nodes = {**GRAPH.nodes, "aside": Node(Clamp(), ("unit",))}
    assert list(ending_with("clamp", nodes)) == ["unit", "clamp"]
    assert list(ending_with("aside", nodes)) == ["unit", "aside"]


def test_names_are_made_unique() -> None:
    assert unique_name("relu", {"conv"}) == "relu"
    assert unique_name("relu", {"relu", "relu-2"}) == "relu-3"
    assert unique_name("input", {}) == "input-2"


CLAMP: Layer = Clamp()


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({}, r"Graph\.nodes must hold at least one node, got none"),
        (
            {"a": Node(CLAMP, ("b",)), "b": Node(CLAMP, ("input",))},
            r"Graph\.nodes\['a'\] must .*'b'",
        ),
        (
            {"a": Node(CLAMP, ("a",))},
            r"Graph\.nodes\['a'\] must have a name of its own and take ear",
        ),
        ({"a": Node(CLAMP, ())}, r"take earlier nodes or 'input', got inputs \(\)"),
        ({"input": Node(CLAMP, ("input",))}, r"Graph\.nodes\['input'\] must .*got the name twice"),
        (
            {"a": Node(CLAMP, ("input",)), "b": Node(CLAMP, ("input",))},
            r"Graph\.nodes must all lead to the last one, 'b', got 'a', which no node takes",
        ),
    ],
)
def test_refuses_bad_nodes(nodes: dict[str, Node], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Graph(nodes)


def test_an_unknown_name_is_answered_by_the_nearest() -> None:
    message = r"Graph\.until: layer must be one of unit, .*, got 'gat' \(did you mean 'gate'\?\)"
    with pytest.raises(ParameterError, match=message):
        GRAPH.until("gat")


def test_an_error_names_the_failing_layer() -> None:
    graph = Graph({**GRAPH.nodes, "end": Node(Add(), ("residual", "mean", "both"))})
    with pytest.raises(
        ShapeError, match=r"layer 'end': Add takes inputs that broadcast, got shapes"
    ):
        graph.forward(np.ones((2, 4, 3, 5)))
    with pytest.raises(ShapeError, match=r"layer 'unit': L2Normalization takes arrays of shape"):
        GRAPH.output_shape((2, 4, 3))


def test_integers_are_refused() -> None:
    with pytest.raises(InputError, match="Graph takes float32 or float64 arrays, got int64"):
        GRAPH(np.ones((2, 4, 3, 5), dtype=np.int64))
