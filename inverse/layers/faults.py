"""Which layer of a chain or graph loses the signal: for the sentences that stop a run."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.layers.chain import Chain
from inverse.layers.graph import INPUT, Graph, as_graph

__all__ = ["first_not_finite", "first_without_gradient"]


def first_not_finite(layer: object, x: Array, dy: Array | None = None) -> str | None:
    """Name of the first layer that turns finite values into NaN or infinity.

    Forward from x first; then, if ``dy`` is given, backward from dy. None if no layer does (the
    fault then lies outside) or if ``layer`` is no chain or graph.
    """
    if not isinstance(layer, Chain | Graph) or not _finite(x):
        return None
    graph, caches = as_graph(layer), []
    for name, y, cache in graph.ahead(x):
        if not _finite(y):
            return _title(graph, name)
        caches.append(cache)
    if dy is None or not _finite(dy):
        return None
    for name, gradients in graph.back(dy, caches):
        if not all(_finite(dx) for dx in gradients):
            return _title(graph, name)
    return None


def first_without_gradient(layer: object, x: Array, dy: Array) -> str | None:
    """Name of the layer that turns the last nonzero gradient, going back, into zero."""
    if not isinstance(layer, Chain | Graph) or not np.any(to_numpy(dy)):
        return None
    graph = as_graph(layer)
    _, caches = graph.forward(x)
    last = None
    for name, gradients in graph.back(dy, caches):
        if name != INPUT and not any(np.any(to_numpy(dx)) for dx in gradients):
            last = last or _title(graph, name)
        elif name != INPUT:
            last = None
    return last


def _finite(x: Array) -> bool:
    return bool(np.isfinite(to_numpy(x)).all())


def _title(graph: Graph, name: str) -> str:
    return f"'{name}' ({type(graph.nodes[name].layer).__name__})" if name != INPUT else "the input"
