"""The input of an ONNX model, and its shapes in ONNX's order of axes and in ours."""

from __future__ import annotations

from typing import Any

from inverse.arrays import Shape
from inverse.errors import InputError, ShapeError
from inverse.onnx.operation import TO_NHWC
from inverse.onnx.reading import Model

__all__ = ["declared_shape", "input_of", "onnx_shape", "stored_shape"]

FLOATS = {0, 1, 10, 11, 16}
"""ONNX's numbers of the types float32, float16, float64 and bfloat16, and of none given."""


def onnx_shape(shape: Shape) -> Shape:
    """The shape in ONNX's order of an array that is stored with ``shape``."""
    return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape


def stored_shape(shape: Shape) -> Shape:
    """The shape in which an array of ONNX's ``shape`` is stored."""
    return tuple(shape[axis] for axis in TO_NHWC) if len(shape) == 4 else shape


def input_of(model: Model) -> Any:
    """The one input of the model that is no weight.

    Raises
    ------
    InputError
        If there are none or several.
    """
    inputs = [value for value in model.graph.input if value.name not in model.constants]
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise InputError(f"model '{model.path}' must have one input, the image, got {names}")
    if inputs[0].type.tensor_type.elem_type not in FLOATS:
        raise InputError(
            f"model '{model.path}' must have an input '{inputs[0].name}' of floating-point numbers"
        )
    return inputs[0]


def declared_shape(model: Model) -> list[int | None]:
    """The shape that the model declares for its input, None where it is free.

    Raises
    ------
    ShapeError
        If no rank is declared.
    """
    kind = input_of(model).type.tensor_type
    if not kind.HasField("shape"):
        raise ShapeError(f"model '{model.path}' declares no shape of its input")
    sizes = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
    return [size if size > 0 else None for size in sizes]
