"""Backward rules that are not derivatives: what swaps in for which layer, method by method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from inverse.arrays import Array, Shape, namespace
from inverse.layers import Cache, Chain, Graph, Join, Layer, LocalResponseNorm, Node, ReLU
from inverse.layers.parameters import number

__all__ = ["RULES", "Backward", "Rule", "Ruled", "ruled"]

Rule = Literal["deconvnet", "saliency", "guided"]

Backward = Callable[[Layer, Array, Cache], Array]
"""What a layer hands back instead of J(x)ᵀ dy, from the layer, dy and the layer's own cache."""


def rectified(_: Layer, dy: Array, __: Cache) -> Array:
    """dx = max(dy, 0): the rectifier itself, applied on the way back; its mask is not used."""
    return namespace(dy).maximum(dy, number(0, dy))


def masked_and_rectified(layer: Layer, dy: Array, cache: Cache) -> Array:
    """dx = max(dy, 0) where the unit was active, else 0."""
    return rectified(layer, layer.backward(dy, cache), cache)


def passed(_: Layer, dy: Array, __: Cache) -> Array:
    """dx = dy."""
    return dy


RULES: Mapping[Rule, Mapping[type, Backward]] = {
    "deconvnet": {ReLU: rectified, LocalResponseNorm: passed},
    "saliency": {},
    "guided": {ReLU: masked_and_rectified, LocalResponseNorm: passed},
}
"""For each method the layers whose backward it changes; all others keep their own.

So max pooling hands dy to the places of the maxima in all three (the recorded switches of a
DeConvNet), and a convolution is transposed, without its bias.
"""


@dataclass(frozen=True, eq=False)
class Ruled(Layer):
    """A layer with another backward: y = f(x), and dx by a rule instead of J(x)ᵀ dy."""

    layer: Layer
    rule: Backward

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def forward(self, x: Array) -> tuple[Array, Cache]:
        return self.layer.forward(x)

    def backward(self, dy: Array, cache: Cache) -> Array:
        return self.rule(self.layer, dy, cache)


def ruled(layer: Layer, rules: Mapping[type, Backward]) -> Layer:
    """The layer with its backward by ``rules``; a chain or graph with those of its layers.

    Examples
    --------
    >>> import numpy as np
    >>> chain = ruled(Chain({"relu": ReLU()}), RULES["deconvnet"])
    >>> _, cache = chain.forward(np.array([-1.0, 2.0, 3.0]))
    >>> chain.backward(np.array([5.0, 5.0, -5.0]), cache).tolist()
    [5.0, 5.0, 0.0]
    """
    if isinstance(layer, Chain):
        return Chain({name: ruled(own, rules) for name, own in layer})
    if isinstance(layer, Graph):
        nodes = {}
        for name, (own, inputs) in layer.nodes.items():
            nodes[name] = Node(own if isinstance(own, Join) else ruled(own, rules), inputs)
        return Graph(nodes)
    rule = rules.get(type(layer))
    return layer if rule is None else Ruled(layer, rule)
