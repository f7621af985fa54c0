"""An ONNX graph in the making."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Draft"]

Constant = np.ndarray[Any, np.dtype[Any]]

OPSET, IR_VERSION = 17, 8


class Draft:
    """Nodes are added one after the other; each value is named after the node that makes it.

    Parameters
    ----------
    name : str
        Name of the graph.
    shape : sequence of int
        Shape of one input, (channels, height, width); the batch is of any size.

    Examples
    --------
    >>> draft = Draft("tiny", (3, 8, 8))
    >>> draft.add("Relu", "relu", "input")
    'relu'
    """

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        self.name, self.shape = name, shape
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, op: str, name: str, *inputs: str | Constant, **attributes: Any) -> str:
        """Add a node that reads values, by their names, and constants; returns its own name."""
        from onnx import helper, numpy_helper

        names = []
        for i, value in enumerate(inputs):
            if isinstance(value, str):
                names.append(value)
            else:
                names.append(f"{name}:{i}")
                self._constants.append(numpy_helper.from_array(value, names[-1]))
        self._nodes.append(helper.make_node(op, names, [name], name=name, **attributes))
        return name

    def conv(
        self,
        name: str,
        x: str,
        *constants: Constant,
        stride: int = 1,
        pads: tuple[int, int] = (0, 0),
        groups: int = 1,
    ) -> str:
        """Add a square convolution of filters and, if given, biases, padded alike on both axes.

        ``pads`` are the zeros before and after.
        """
        kernel = list(constants[0].shape[2:])
        before, after = pads
        return self.add(
            "Conv",
            name,
            x,
            *constants,
            kernel_shape=kernel,
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=groups,
        )

    def max_pool(self, name: str, x: str, size: int, stride: int) -> str:
        """Add a square max-pooling without padding."""
        return self.add("MaxPool", name, x, kernel_shape=[size, size], strides=[stride, stride])

    def finish(self, shape: Sequence[int], note: str) -> bytes:
        """The file of the model, whose output is the last node's, of ``shape`` for one input."""
        from onnx import TensorProto, checker, helper

        def value(name: str, shape: Sequence[int]) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])

        graph = helper.make_graph(
            self._nodes,
            self.name,
            [value("input", self.shape)],
            [value(self._nodes[-1].name, shape)],
            self._constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="inverse",
            doc_string=note,
        )
        checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data
