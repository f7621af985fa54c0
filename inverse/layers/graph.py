"""Layers in a directed acyclic graph: branches, residuals, concatenations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from inverse.arrays import Array, Shape, require
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Cache, Layer
from inverse.layers.chain import Chain, unknown_layer
from inverse.layers.join import Join

__all__ = ["INPUT", "Graph", "Node", "as_graph", "ending_with", "unique_name"]

INPUT = "input"
"""The name of a graph's own input x, among the inputs of its nodes."""


class Node(NamedTuple):
    """A layer and the names of what it takes: other nodes, or `INPUT`."""

    layer: Layer | Join
    inputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Graph(Layer):
    """Named layers, each of which takes the outputs of earlier ones; the last one's is y.

    Parameters
    ----------
    nodes : mapping of str to Node
        In an order in which every node comes after its inputs. A node may take the graph's input
        x by the name ``"input"``. All lead to the last one: `ending_with` drops those that do not.

    Notes
    -----
    Forward: y_v = f_v(y_u, u ∈ inputs of v) in the given order, with y_input = x.

    Backward is reverse-mode differentiation. A value that several nodes take has a share of the
    gradient from each of them, and the chain rule adds them up. In reverse order,

        dy_u = Σ_{v takes u} J_{v,u}ᵀ dy_v.

    A `Chain` is the case in which each node takes the one before it.

    Examples
    --------
    A residual: y = min(x, 0.2) + x.

    >>> import numpy as np
    >>> from inverse.layers import Add, Clamp
    >>> graph = Graph({"a": Node(Clamp(), ("input",)), "b": Node(Add(), ("a", "input"))})
    >>> y, cache = graph.forward(np.array([[0.1, 0.5]]))
    >>> y.tolist(), graph.backward(np.ones((1, 2)), cache).tolist()
    ([[0.2, 0.7]], [[2.0, 1.0]])
    """

    nodes: Mapping[str, Node]

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ParameterError("Graph.nodes must hold at least one node, got none")
        known = {INPUT}
        for name, node in self.nodes.items():
            missing = [source for source in node.inputs if source not in known]
            if missing or not node.inputs or name in known:
                got = f"inputs {node.inputs}" if missing or not node.inputs else "the name twice"
                raise ParameterError(
                    f"Graph.nodes['{name}'] must have a name of its own and take earlier nodes or "
                    f"'{INPUT}', got {got}"
                )
            known.add(name)
        last, used = name, {source for node in self.nodes.values() for source in node.inputs}
        unused = [name for name in self.nodes if name not in used and name != last]
        if unused:
            raise ParameterError(
                f"Graph.nodes must all lead to the last one, '{last}', got '{unused[0]}', which "
                "no node takes"
            )

    def __iter__(self) -> Iterator[tuple[str, Layer | Join]]:
        return iter(self.layers.items())

    @property
    def layers(self) -> dict[str, Layer | Join]:
        """The layers by name, in order."""
        return {name: node.layer for name, node in self.nodes.items()}

    def until(self, name: str) -> Graph:
        """The graph that ends with the layer called ``name``: it, and all that it depends on."""
        if name not in self.nodes:
            raise unknown_layer("Graph", name, self.nodes)
        return Graph(ending_with(name, self.nodes))

    def shapes(self, shape: Shape) -> dict[str, Shape]:
        """Output shape of every layer for an input of shape ``shape``."""
        found = {INPUT: shape}
        for name, node in self.nodes.items():
            try:
                found[name] = node.layer.output_shape(*(found[source] for source in node.inputs))
            except ShapeError as error:
                raise ShapeError(f"layer '{name}': {error}") from None
        del found[INPUT]
        return found

    def output_shape(self, shape: Shape) -> Shape:
        return list(self.shapes(shape).values())[-1]

    def forward(self, x: Array) -> tuple[Array, list[Cache]]:
        self.output_shape(require(x, "Graph"))
        caches: list[Cache] = []
        for _, value, cache in self.ahead(x):
            caches.append(cache)
            y = value
        return y, caches

    def backward(self, dy: Array, cache: list[Cache]) -> Array:
        gradients = [shares for _, shares in self.back(dy, cache)]
        return gradients[-1][0]

    def ahead(self, x: Array) -> Iterator[tuple[str, Array, Cache]]:
        """The forward pass step by step: each node's name, its y and its cache."""
        values: dict[str, Any] = {INPUT: x}
        remaining = Counter(source for node in self.nodes.values() for source in node.inputs)
        for name, node in self.nodes.items():
            values[name], cache = node.layer.forward(*(values[source] for source in node.inputs))
            yield name, values[name], cache
            for source in node.inputs:  # a value that no later node takes is let go
                remaining[source] -= 1
                if not remaining[source]:
                    del values[source]

    def back(self, dy: Array, caches: list[Cache]) -> Iterator[tuple[str, tuple[Array, ...]]]:
        """The backward pass step by step: each node's name and what it gives to its inputs.

        The last step is named `INPUT`, and gives the gradient of the graph's own x.
        """
        gradients: dict[str, Any] = {list(self.nodes)[-1]: dy}
        for (name, node), cache in zip(
            reversed(list(self.nodes.items())), reversed(caches), strict=True
        ):
            found = node.layer.backward(gradients.pop(name), cache)
            shares = found if isinstance(node.layer, Join) else (found,)
            yield name, shares
            for source, share in zip(node.inputs, shares, strict=True):
                known = gradients.get(source)
                gradients[source] = share if known is None else known + share
        yield INPUT, (gradients[INPUT],)


def ending_with(name: str, nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Those of ``nodes``, which are in order, on which the one called ``name`` depends; and it."""
    needed = {name}
    for candidate in reversed(list(nodes)):
        if candidate in needed:
            needed.update(nodes[candidate].inputs)
    return {n: node for n, node in nodes.items() if n in needed}


def as_graph(layer: Layer) -> Graph:
    """A chain as the graph that it is, a graph as it is, and any other layer as a graph of one."""
    if isinstance(layer, Graph):
        return layer
    parts = layer.layers if isinstance(layer, Chain) else {type(layer).__name__: layer}
    nodes = {}
    for source, (name, part) in zip((INPUT, *parts), parts.items(), strict=False):
        nodes[name] = Node(part, (source,))
    return Graph(nodes)


def unique_name(name: str, taken: Container[str]) -> str:
    """``name``, with a number behind it if it is taken already."""
    found, count = name, 1
    while found in taken or found == INPUT:
        count += 1
        found = f"{name}-{count}"
    return found
