"""Receptive fields: which pixels a unit of a layer depends on.

An interval of output rows needs an interval of input rows, layer by layer back to the image; of
columns likewise (`Layer.sees`). For a window (kernel k, stride s, pad p, dilation d) the outputs
a … b need the inputs  a·s − p  …  b·s − p + d (k − 1);  elementwise layers need the same places,
and layers that mix all places, such as fully connected ones, need everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from inverse.arrays import Shape
from inverse.errors import ParameterError, ShapeError
from inverse.layers import Join, Layer
from inverse.layers.graph import INPUT, Graph, as_graph
from inverse.layers.windows import Interval, Pair

__all__ = ["Box", "Field", "fields", "needed", "receptive_field"]


APART = 64
"""Which units tell the geometry: a multiple of all usual factors of enlargement."""

Sees = Callable[[Layer | Join, int, Interval], Interval | None]


def _sees(layer: Layer | Join, axis: int, own: Interval) -> Interval | None:
    return layer.sees(axis, *own)


class Box(NamedTuple):
    """Rows top … bottom − 1 and columns left … right − 1: ``x[:, top:bottom, left:right]``."""

    top: int
    left: int
    bottom: int
    right: int


class Field(NamedTuple):
    """The receptive field of the units of a layer, in pixels: (rows, columns).

    Unit (i, j) depends on ``size`` pixels around ``center`` + (i, j)·``stride``. The centers of
    pixels are the whole numbers from 0. What lies beyond the image's border is padding.
    """

    size: Pair
    stride: tuple[float, float]
    center: tuple[float, float]


def fields(layer: Layer) -> dict[str, Field | None]:
    """The receptive field of every layer of a chain or graph; None where units see everything.

    Examples
    --------
    >>> from inverse.layers import Chain, MaxPool2d, ReLU
    >>> fields(Chain({"pool": MaxPool2d((3, 3), (2, 2)), "relu": ReLU()}))["relu"]
    Field(size=(3, 3), stride=(2, 2), center=(1.0, 1.0))
    """
    graph = as_graph(layer)
    return {name: _field(graph, name) for name in graph.nodes}


def _field(graph: Graph, name: str) -> Field | None:
    """Two units say it all: where the field begins, how large it is, how far it moves.

    Not units 0 and 1: where a layer enlarges the image, neighbors have one field.
    """
    found = []
    for axis in (0, 1):
        near, far = (
            _back(graph, name, axis, (unit, unit), None, _sees)[INPUT]
            for unit in (APART, 2 * APART)
        )
        if near is None or far is None:
            return None
        moved = far[0] - near[0]
        stride = moved / APART if moved % APART else moved // APART
        found.append((near[1] - near[0] + 1, stride, sum(near) / 2 - APART * stride))
    (height, down, top), (width, across, left) = found
    return Field((height, width), (down, across), (top, left))


def receptive_field(layer: Layer, shape: Shape, name: str, i: int, j: int) -> Box:
    """The pixels on which unit (i, j) of the layer called ``name`` depends.

    Parameters
    ----------
    layer : Layer
        A chain or graph.
    shape : (N, H, W, C)
        Of the image.
    name : str
        One of its layers.
    i, j : int
        Row and column of the unit.

    Examples
    --------
    >>> from inverse.layers import Chain, MaxPool2d
    >>> pool = Chain({"pool": MaxPool2d((3, 3), (2, 2), (1, 1, 1, 1))})
    >>> receptive_field(pool, (1, 8, 9, 1), "pool", 0, 2)
    Box(top=0, left=3, bottom=2, right=6)
    """
    graph = as_graph(layer).until(name)
    size = graph.output_shape(shape)
    if len(size) != 4:
        return Box(0, 0, shape[1], shape[2])
    if not (0 <= i < size[1] and 0 <= j < size[2]):
        raise ParameterError(
            f"receptive_field: the unit must be within the {size[1]}x{size[2]} of layer '{name}', "
            f"got ({i}, {j})"
        )
    return needed(graph, shape, Box(i, j, i + 1, j + 1))[INPUT]


def needed(
    graph: Graph,
    shape: Shape,
    box: Box,
    sees: Sees = _sees,
) -> dict[str, Box]:
    """The part of every layer's output, and of the `INPUT`, on which ``box`` of y depends.

    For layers whose output is no image (N, H, W, C) there is no entry. ``sees`` says what an
    interval of a layer needs along an axis, None being everything.
    """
    shapes = {INPUT: shape, **graph.shapes(shape)}
    last = list(graph.nodes)[-1]
    if len(shape) != 4 or len(shapes[last]) != 4:
        raise ShapeError(
            f"needed takes graphs from images to images, got {shape} to {shapes[last]}"
        )
    heights, widths = (
        {name: own[axis] for name, own in shapes.items() if len(own) == 4} for axis in (1, 2)
    )
    rows = _back(graph, last, 0, (box.top, box.bottom - 1), heights, sees)
    cols = _back(graph, last, 1, (box.left, box.right - 1), widths, sees)
    found = {}
    for name, height in heights.items():
        top, bottom = rows[name] or (0, height - 1)
        left, right = cols[name] or (0, widths[name] - 1)
        found[name] = Box(top, left, bottom + 1, right + 1)
    return found


def _back(
    graph: Graph,
    name: str,
    axis: int,
    interval: Interval,
    sizes: dict[str, int] | None,
    sees: Sees,
) -> dict[str, Interval | None]:
    """What ``interval`` of layer ``name`` needs of the layers before it; None is everything.

    With ``sizes``, of images, intervals are clipped to what is there: the rest is padding.
    """
    wanted: dict[str, Interval | None] = {name: interval}
    for candidate in reversed(list(graph.nodes)):
        if candidate not in wanted:
            continue
        own, node = wanted[candidate], graph.nodes[candidate]
        seen = None if own is None else sees(node.layer, axis, own)
        for source in node.inputs:
            part = seen
            if seen is not None and sizes is not None and source in sizes:
                part = _clip(seen, sizes[source])
            wanted[source] = _union(wanted[source], part) if source in wanted else part
    return wanted


def _clip(interval: Interval, size: int) -> Interval:
    return min(max(interval[0], 0), size - 1), max(min(interval[1], size - 1), 0)


def _union(a: Interval | None, b: Interval | None) -> Interval | None:
    return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))
