"""A chain or graph with another backward pass, and the same codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inverse.layers import Chain, Graph, HardOrientation

__all__ = ["with_straight_through"]


def with_straight_through(layer: Chain | Graph, weight: float) -> Chain | Graph:
    """``layer`` whose every `HardOrientation` has the surrogate of that weight.

    Its codes are the same; ``layer`` itself is given back where this changes nothing.
    """
    changed = {
        name: replace(part, straight_through=weight)
        for name, part in layer
        if isinstance(part, HardOrientation) and part.straight_through != weight
    }
    if not changed:
        return layer
    if isinstance(layer, Chain):
        return Chain({**layer.layers, **changed})
    nodes: dict[str, Any] = {
        name: node._replace(layer=changed.get(name, node.layer))
        for name, node in layer.nodes.items()
    }
    return Graph(nodes)
