"""Constants and shape arithmetic, computed once when a model is read.

Exported graphs compute with shapes: how large is this array, divide by two, reshape to that. For a
given input size all of it is constant. The onnx package's own reference evaluator does the sums.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.errors import InputError
from inverse.onnx.operation import Unsupported
from inverse.onnx.reading import MAX_BYTES

__all__ = ["FOLDED", "evaluate", "measure"]

Value = np.ndarray[Any, Any]

MOST = MAX_BYTES // 8
"""Values of a constant at the most: of 64 bits they take `MAX_BYTES`."""

SHAPED = {"Expand", "Tile", "Pad", "Range", "Reshape", "Slice"}
"""Operators whose inputs but the first say what shape the output has."""

SMALL = 1024
"""Numbers of a constant whose values, and not its shape alone, may decide the shape of another."""

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
        If they would have more than `MOST` values.
    Unsupported
        If they cannot be computed.
    """
    from onnx.reference import ReferenceEvaluator

    title = f"node '{node.name or node.output[0]}' ({node.op_type})"
    try:
        model = _model(node, inputs, opset)
        count = _values(model)
        if count <= MOST:
            found = ReferenceEvaluator(model).run(None, dict(inputs))
    except Exception as error:  # whatever NumPy, the evaluator or the inference complains of
        said = " ".join(str(error).split())
        raise Unsupported(f"it cannot be evaluated: {said}") from None
    if count > MOST:
        raise InputError(f"{title} would make a constant of {count} values, more than {MOST}")
    values = [np.asarray(value) for value in found]
    # half precision becomes float32, here as in initializers
    return [v.astype(np.float32) if v.dtype == np.float16 else v for v in values]


def _model(node: Any, inputs: dict[str, Value], opset: int) -> Any:
    """A model of this node alone; of its inputs it has the types, and the values of small ones.

    Raises ValueError if an input that can only be a shape, or part of one, is large.
    """
    from onnx import TensorProto, helper, numpy_helper

    if node.op_type in SHAPED and any(inputs[n].size > SMALL for n in node.input[1:] if n):
        raise ValueError(f"its inputs but the first must have at most {SMALL} values")
    if node.op_type == "ConstantOfShape" and inputs[node.input[0]].size > SMALL:
        raise ValueError(f"its input must have at most {SMALL} values")
    kinds = []
    for name, value in inputs.items():
        dtype = helper.np_dtype_to_tensor_dtype(value.dtype)
        kinds.append(helper.make_tensor_value_info(name, dtype, value.shape))
    small = [
        numpy_helper.from_array(value, name)
        for name, value in inputs.items()
        if value.size <= SMALL
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.output
    ]
    graph = helper.make_graph([node], "constant", kinds, outputs, small)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def _values(model: Any) -> int:
    """How many numbers the node gives, by the onnx package's inference of shapes.

    Where that is silent, the output depends on values and is of the order of the inputs.
    """
    from onnx import shape_inference

    inferred = shape_inference.infer_shapes(model, strict_mode=True)
    count = 0
    for output in inferred.graph.output:
        shape = output.type.tensor_type.shape
        sizes = [d.dim_value if d.HasField("dim_value") else None for d in shape.dim]
        if output.type.tensor_type.HasField("shape") and None not in sizes:
            count += math.prod(size for size in sizes if size is not None)
    return count


def measure(node: Any, shape: Shape) -> Value:
    """What a Shape or Size node gives for an array of ``shape``."""
    if node.op_type == "Size":
        return np.asarray(math.prod(shape), dtype=np.int64)
    ends = {attribute.name: attribute.i for attribute in node.attribute}
    return np.asarray(shape[ends.get("start", 0) : ends.get("end", len(shape))], dtype=np.int64)
