"""The layers of a network behind those that make its input of a picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inverse.layers import Affine, Gather, Graph, Identity, Layer, Node, Transpose
from inverse.layers.graph import INPUT, ending_with
from inverse.onnx import Imported
from inverse.onnx.operation import TO_NCHW, TO_NHWC
from inverse.preprocessing import STEPS, Preprocessing

__all__ = ["steps", "with_preprocessing"]


def with_preprocessing(imported: Imported, name: str, given: Preprocessing) -> Graph:
    """The layers up to ``name``, behind those that make the network's input of x."""
    nodes: dict[str, Node] = {}
    source = INPUT
    for step, layer in steps(given):
        nodes[step] = Node(layer, (source,))
        source = step
    wanted = ending_with(name, imported.nodes)
    if given.layout == "NHWC" and all(map(_undoes_layout, wanted.values())):
        # the model begins by undoing what the last step does: neither is needed
        del nodes[source]
        source = list(nodes)[-1]
        wanted = {
            key: Node(Identity(), node.inputs) if INPUT in node.inputs else node
            for key, node in wanted.items()
        }
    for key, node in wanted.items():
        nodes[key] = Node(node.layer, tuple(source if s == INPUT else s for s in node.inputs))
    return Graph(nodes)


def _undoes_layout(node: Node) -> bool:
    """Whether a node, if it takes the input at all, is the inverse of the step of the layout."""
    undone = isinstance(node.layer, Transpose) and node.layer.axes == TO_NCHW
    return INPUT not in node.inputs or undone


def steps(given: Preprocessing) -> Iterator[tuple[str, Layer]]:
    """The layers that make a network's input of x, by name."""
    scale, shift = (np.asarray(values) for values in given.scale_and_shift)
    yield STEPS[0], Affine(scale, shift)
    if given.reverses:
        yield STEPS[1], Gather(np.array([2, 1, 0]), 3)
    if given.layout == "NHWC":
        # what the model takes for (N, C, H, W), and we for (N, H, W, C), is (N, H, W, C) for it
        yield STEPS[2], Transpose(TO_NHWC)
