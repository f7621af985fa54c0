"""Names of layers: the model's own, and the paper's where the model is the paper's network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["PAPER_NAMES", "paper_names"]

PAPER_NAMES = [
    "conv1", "relu1", "pool1", "norm1", "conv2", "relu2", "pool2", "norm2", "conv3", "relu3",
    "conv4", "relu4", "conv5", "relu5", "pool5", "fc6", "relu6", "fc7", "relu7", "fc8",
]  # fmt: skip
"""The layers of CNN-A, Table 2 of Mahendran & Vedaldi (2015), in order."""

KINDS = {"Conv": "conv", "Relu": "relu", "MaxPool": "pool", "LRN": "norm", "Gemm": "fc"}
SILENT = {"Dropout", "Identity", "Flatten", "Reshape", "Constant", "Softmax", "Shape"}
"""Operators that the paper does not count as layers."""


def paper_names(nodes: Iterable[Any]) -> dict[str, str]:
    """The paper's name for each of the nodes, by output tensor, if they are its chain; else none.

    Pooling and normalization may come in either order: CaffeNet pools first, AlexNet second.
    """
    layers = [node for node in nodes if node.op_type not in SILENT]
    kinds = [KINDS.get(node.op_type, "") for node in layers]
    caffenet = [name.rstrip("0123456789") for name in PAPER_NAMES]
    alexnet = list(caffenet)
    for i in (2, 6):
        alexnet[i], alexnet[i + 1] = "norm", "pool"
    if kinds not in (caffenet, alexnet):
        return {}
    names = list(PAPER_NAMES)
    if kinds == alexnet:
        for i in (2, 6):
            names[i], names[i + 1] = names[i + 1], names[i]
    return {node.output[0]: name for node, name in zip(layers, names, strict=True)}
