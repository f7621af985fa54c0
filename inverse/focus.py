"""A loss on a part of a code needs only a part of the representation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inverse.arrays import Array, Shape, to_numpy
from inverse.cropping import crop
from inverse.layers import Chain, Graph
from inverse.layers.graph import INPUT, as_graph
from inverse.losses import Loss
from inverse.receptive_field import Box, needed

__all__ = ["focus"]


def focus(
    layer: Chain | Graph,
    shape: Shape,
    code: Array,
    weights: Array | None,
    loss: Callable[[Array, Array | None], Loss],
) -> tuple[Graph, Loss] | None:
    """Φ restricted to the places of its code that have weight, and the loss there.

    None where this would save nothing: all places have weight, or they depend on the whole image.
    """
    if weights is None or code.ndim != 4:
        return None
    full = np.broadcast_to(to_numpy(weights), code.shape)[0]
    rows, cols = (np.flatnonzero(full.any(axis=axes)) for axes in ((1, 2), (0, 2)))
    if not len(rows):
        return None
    box = Box(int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)
    graph = as_graph(layer)
    if needed(graph, (1, *shape), box)[INPUT] == Box(0, 0, *shape[:2]):
        return None
    place = (slice(None), slice(box.top, box.bottom), slice(box.left, box.right))
    inside = np.broadcast_to(to_numpy(weights), code.shape)[place]
    return crop(graph, (1, *shape), box), loss(code[place], inside)
