"""Constants and shape arithmetic, computed once when a model is read.

Exported graphs compute with shapes: how large is this array, divide by two, reshape to that. For a
given input size all of it is constant. The onnx package's own reference evaluator does the sums.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.errors import InputError
from inverse.onnx.reading import MAX_BYTES

__all__ = ["FOLDED", "evaluate"]

Value = np.ndarray[Any, Any]

FOLDED = {
    "Abs", "Add", "And", "Cast", "CastLike", "Ceil", "Concat", "ConstantOfShape", "Div",
    "Equal", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND",
    "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Log", "MatMul", "Max",
    "Min", "Mod", "Mul", "Neg", "NonZero", "Not", "OneHot", "Or", "Pad", "Pow", "Range",
    "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape",
    "Round", "ScatterND", "Sign", "Slice", "Split", "Sqrt", "Squeeze", "Sub", "Tile",
    "Transpose", "Trilu", "Unsqueeze", "Where",
}  # fmt: skip
"""Operators that are evaluated when all of their inputs are constant."""


def evaluate(node: Any, inputs: dict[str, Value], opset: int) -> list[Value]:
    """The outputs of a node of constant inputs.

    Raises
    ------
    InputError
        If they would take more than `MAX_BYTES`, or cannot be computed.
    """
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    title = f"node '{node.name or node.output[0]}' ({node.op_type})"
    try:
        size = _most_values(node, inputs)
    except (ValueError, OverflowError, IndexError, TypeError):
        size = 0  # the evaluator will say what is wrong with the inputs
    if size * 8 > MAX_BYTES:
        raise InputError(f"{title} would make a constant of {size} values, more than allowed")
    kinds = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
        )
        for name, value in inputs.items()
    ]
    outputs = [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in node.output]
    graph = helper.make_graph([node], "constant", kinds, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        found = ReferenceEvaluator(model).run(None, dict(inputs))
    except Exception as error:  # whatever NumPy or the evaluator complains of
        raise InputError(f"{title} cannot be evaluated: {error}") from None
    return [np.asarray(value) for value in found]


def _most_values(node: Any, inputs: dict[str, Value]) -> int:
    """An upper bound of the number of values that a node will give."""
    values = [inputs[name] for name in node.input if name]
    if node.op_type == "Range":
        start, limit, delta = (float(v) for v in values)
        return math.ceil(abs((limit - start) / delta)) if delta else 0
    if node.op_type == "ConstantOfShape":
        return math.prod(int(v) for v in values[0].ravel())
    broadcast = math.prod(max(s) for s in _aligned([v.shape for v in values]))
    if node.op_type == "Expand":
        return math.prod(int(v) for v in values[1].ravel()) * max(1, values[0].size)
    if node.op_type == "Tile":
        return values[0].size * math.prod(int(v) for v in values[1].ravel())
    if node.op_type == "Pad" and len(values) > 1:
        added = np.abs(values[1].ravel().astype(np.int64))
        sizes = (s + int(a) for s, a in zip(values[0].shape, _pairs(added), strict=False))
        return math.prod(sizes)
    if node.op_type == "OneHot":
        return values[0].size * int(values[1].ravel()[0])
    if node.op_type == "MatMul":
        return values[0].size * int(values[1].shape[-1])
    if node.op_type in ("Gather", "GatherND"):
        return values[0].size * max(1, values[1].size)
    return max(broadcast, *(v.size for v in values))


def _pairs(added: Value) -> list[int]:
    half = len(added) // 2
    return [int(a + b) for a, b in zip(added[:half], added[half:], strict=True)]


def _aligned(shapes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The sizes that broadcasting would bring together, axis by axis."""
    rank = max((len(shape) for shape in shapes), default=0)
    filled = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return list(zip(*filled, strict=True))
