"""A graph that computes only a part of its output, from only the pixels that this part depends on.

Going back from the wanted part, each layer needs a rectangle of the one before (`needed`). Within
its rectangle a layer computes the same numbers as in the whole image: a window that reaches beyond
the rectangle reaches beyond the image, where there is padding, and so its pads are those of the
rectangle's sides that lie on the image's border.
"""

from __future__ import annotations

from dataclasses import replace

from inverse.arrays import Shape
from inverse.layers import AveragePool2d, Conv2d, Join, Layer, MaxPool2d, Slice
from inverse.layers.graph import INPUT, Graph, Node, unique_name
from inverse.layers.windows import POINTWISE, Interval, Pads
from inverse.receptive_field import Box, needed

__all__ = ["crop"]

NO_PADS = (0, 0, 0, 0)


def crop(graph: Graph, shape: Shape, box: Box) -> Graph:
    """The graph x ↦ f(x)[:, top:bottom, left:right] that computes no more than it must.

    Parameters
    ----------
    graph : Graph
        f, from images to images.
    shape : (N, H, W, C)
        Of x, which keeps its size: the cropped graph begins with a slice of it.
    box : Box
        The wanted part of f(x).

    Notes
    -----
    Exact: y differs from the part of f(x) by rounding only, and dx is 0 at every pixel on which the
    part does not depend.

    Examples
    --------
    >>> import numpy as np
    >>> from inverse.layers import MaxPool2d
    >>> graph = Graph({"pool": Node(MaxPool2d((3, 3), pads=(1, 1, 1, 1)), ("input",))})
    >>> x = np.random.default_rng(0).standard_normal((1, 20, 30, 2))
    >>> part = crop(graph, x.shape, Box(0, 5, 4, 9))
    >>> bool(np.array_equal(part(x), graph(x)[:, :4, 5:9])), part.shapes(x.shape)["pool/part"]
    (True, (1, 5, 6, 2))
    """
    shapes = {INPUT: shape, **graph.shapes(shape)}
    boxes = needed(graph, shape, box, _sees)
    nodes: dict[str, Node] = {}
    done = {INPUT: _whole(shape)}
    for name, node in graph.nodes.items():
        if _can_crop(node.layer) and name in boxes:
            done[name] = boxes[name]
            parts = [_inputs(node.layer, boxes[name], shapes[source]) for source in node.inputs]
            layer = _with_pads(node.layer, parts[0][1])
        else:  # computed whole, from the whole of its inputs
            done[name] = _whole(shapes[name])
            parts = [(_whole(shapes[source]), NO_PADS) for source in node.inputs]
            layer = node.layer
        sources = tuple(
            _sliced(graph, nodes, name, source, done[source], part)
            for source, (part, _) in zip(node.inputs, parts, strict=True)
        )
        nodes[name] = Node(layer, sources)
    _sliced(graph, nodes, name, name, done[name], box)
    return Graph(nodes)


def _can_crop(layer: Layer | Join) -> bool:
    """Whether the layer, given a part of its inputs, computes a part of its output."""
    if layer.window is None:
        return False
    if layer.window == POINTWISE:
        return True
    pads, extent = layer.window.pads, layer.window.extent
    if max(pads[0], pads[2]) >= extent[0] or max(pads[1], pads[3]) >= extent[1]:
        return False  # a window may lie in the padding, and then has no part of the input
    # with ceil_mode a last window may overhang the padding, and what overhangs is not counted
    uneven = isinstance(layer, AveragePool2d) and layer.ceil_mode and layer.count_include_pad
    return isinstance(layer, Conv2d | MaxPool2d | AveragePool2d) and not uneven


def _sees(layer: Layer | Join, axis: int, own: Interval) -> Interval | None:
    return layer.sees(axis, *own) if _can_crop(layer) else None


def _inputs(layer: Layer | Join, box: Box, shape: Shape) -> tuple[Box, Pads]:
    """The part of an input that ``box`` of the output needs, and the padding around this part."""
    rows = layer.sees(0, box.top, box.bottom - 1)
    cols = layer.sees(1, box.left, box.right - 1)
    assert rows is not None
    assert cols is not None
    height, width = shape[1:3]
    part = Box(max(rows[0], 0), max(cols[0], 0), min(rows[1] + 1, height), min(cols[1] + 1, width))
    if layer.window == POINTWISE:  # what has one row or column is the same for all of them
        top, bottom = (0, 1) if height == 1 else (part.top, part.bottom)
        left, right = (0, 1) if width == 1 else (part.left, part.right)
        return Box(top, left, bottom, right), NO_PADS
    pads = (
        part.top - rows[0], part.left - cols[0], rows[1] + 1 - part.bottom, cols[1] + 1 - part.right
    )  # fmt: skip
    return part, pads


def _with_pads(layer: Layer | Join, pads: Pads) -> Layer | Join:
    if isinstance(layer, Conv2d):
        return replace(layer, pads=pads)
    if isinstance(layer, MaxPool2d | AveragePool2d):
        return replace(layer, pads=pads, ceil_mode=False)
    return layer


def _sliced(
    graph: Graph, nodes: dict[str, Node], taker: str, source: str, have: Box, want: Box
) -> str:
    """The node that has ``want`` of a source of which ``have`` is there: a slice, if need be."""
    if have == want:
        return source
    places = (
        (want.top - have.top, want.bottom - have.top, 1),
        (want.left - have.left, want.right - have.left, 1),
        None,
    )
    name = unique_name(f"{taker}/part", {**graph.nodes, **nodes})
    nodes[name] = Node(Slice(places), (source,))
    return name


def _whole(shape: Shape) -> Box:
    """All of an image; of arrays that are none, a box that equals itself alone."""
    return Box(0, 0, shape[1], shape[2]) if len(shape) == 4 else Box(0, 0, 0, 0)
