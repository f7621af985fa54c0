"""Add, Sub, Mul, Div of two values or of one and a constant; Max, Min, Sum, Mean of several."""

from __future__ import annotations

from functools import reduce

import numpy as np

from inverse.layers import Add, Affine, Clip, Div, Join, Maximum, Minimum, Mul, Reciprocal, Sub
from inverse.onnx.operation import Constant, Operation, Tensor, Unsupported, operator

__all__: list[str] = []

JOINS: dict[str, type[Join]] = {"Add": Add, "Sub": Sub, "Mul": Mul, "Div": Div}


@operator(*JOINS)
def arithmetic(op: Operation) -> Tensor:
    """Refused: two values that depend on the image and differ in rank; a constant for each image
    of the batch; division by a constant that has zeros.
    """
    a, b = op.inputs
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        _same_rank(a, b)
        return op.layer(JOINS[op.type](), a, b)
    if isinstance(a, Tensor):
        return op.layer(_right(op.type, op.stored(np.asarray(b), a.rank)), a)
    assert isinstance(b, Tensor)
    return _left(op, op.stored(np.asarray(a), b.rank), b)


def _right(kind: str, constant: Constant) -> Affine:
    """x + c, x − c, x c or x / c."""
    if kind in ("Add", "Sub"):
        return Affine(1.0, constant if kind == "Add" else -constant)
    if kind == "Div" and not constant.all():
        raise Unsupported("it divides by a constant that has zeros")
    return Affine(constant if kind == "Mul" else 1 / constant, 0.0)


def _left(op: Operation, constant: Constant, x: Tensor) -> Tensor:
    """c + x, c − x, c x or c / x."""
    if op.type == "Sub":
        return op.layer(Affine(-1.0, constant), x)
    if op.type == "Div":
        inverted = op.layer(Reciprocal(), x, part="reciprocal")
        return op.layer(Affine(constant, 0.0), inverted)
    return op.layer(_right(op.type, constant), x)


@operator("Max", "Min")
def extremum(op: Operation) -> Tensor:
    """Refused: more than two values that depend on the image, or two of different ranks;
    constants that are no single numbers.
    """
    if len(op.inputs) == 1:
        return op.x
    if len(op.tensors) == 2 and len(op.inputs) == 2:
        a, b = op.tensors
        _same_rank(a, b)
        return op.layer(Maximum() if op.type == "Max" else Minimum(), a, b)
    others = [np.asarray(v) for v in op.inputs if not isinstance(v, Tensor)]
    if len(op.tensors) != 1 or any(v.size != 1 or v.ndim > op.tensors[0].rank for v in others):
        raise Unsupported("it must have two inputs, or one and numbers that bound it")
    bound = reduce(max if op.type == "Max" else min, (float(v.ravel()[0]) for v in others))
    layer = Clip(minimum=bound) if op.type == "Max" else Clip(maximum=bound)
    return op.layer(layer, op.tensors[0])


@operator("Sum", "Mean")
def total(op: Operation) -> Tensor:
    """Refused: constants among its inputs; values of different ranks."""
    tensors = op.tensors
    if len(tensors) != len(op.inputs):
        raise Unsupported("its inputs must all depend on the image")
    for tensor in tensors[1:]:
        _same_rank(tensors[0], tensor)
    if len(tensors) == 1:
        return op.x
    if op.type == "Sum":
        return op.layer(Add(), *tensors)
    added = op.layer(Add(), *tensors, part="sum")
    return op.layer(Affine(1 / len(tensors), 0.0), added)


def _same_rank(a: Tensor, b: Tensor) -> None:
    if a.rank != b.rank:
        raise Unsupported(
            f"values that depend on the image must have one rank, got shapes {a.shape} and "
            f"{b.shape}"
        )
