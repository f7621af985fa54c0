"""Gemm and MatMul."""

from __future__ import annotations

import numpy as np

from inverse.layers import Linear, MatMul, Transpose
from inverse.onnx.operation import TO_NCHW, TO_NHWC, Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("Gemm")
def gemm(op: Operation) -> Tensor:
    """y = α A B + β C, with A the features of the image and B, C constant.

    Refused: transA; a first input that is no vector for each image; weights that depend on the
    image.
    """
    if op.x.rank != 2 or op.attribute("transA", 0):
        raise Unsupported(f"its first input must be (N, features), got shape {op.x.shape}")
    weight, bias = op.constant(1), op.constant(2)
    weight = weight.T if op.attribute("transB", 0) else weight
    weight = _scaled(weight, op.attribute("alpha", 1.0))
    if weight.shape[0] != op.x.shape[1]:
        raise Unsupported(
            f"it takes {weight.shape[0]} features, got {op.x.shape[1]}: this fully connected layer "
            "fixes the image size, and the given one is another"
        )
    if bias is not None:
        bias = np.broadcast_to(op.stored(np.asarray(bias), 2), weight.shape[1:])
        bias = _scaled(bias, op.attribute("beta", 1.0))
    return op.layer(Linear(np.ascontiguousarray(weight), bias))


@operator("MatMul")
def matmul(op: Operation) -> Tensor:
    """Refused: a constant factor on the left, or that is a stack of several matrices; two
    factors that depend on the image and differ in rank.
    """
    if len(op.tensors) == 2:
        return _of_tensors(op)
    weight = op.constant(1)
    square = weight.ndim >= 2 and weight.size == weight.shape[-2] * weight.shape[-1]
    if not square or weight.ndim > op.x.rank:
        raise Unsupported(f"a constant factor must be a matrix on the right, got {weight.shape}")
    matrix = weight.reshape(weight.shape[-2:])
    return op.in_onnx_order(Linear(matrix, None), op.x, op.x.rank)


def _of_tensors(op: Operation) -> Tensor:
    a, b = op.tensors
    if a.rank != b.rank:
        raise Unsupported(f"its factors must have one rank, got shapes {a.shape} and {b.shape}")
    if a.rank != 4:
        return op.layer(MatMul(), a, b)
    # of rank 4 the last two axes, rows and columns, are ONNX's: not those of an image
    a, b = (op.layer(Transpose(TO_NCHW), x, part=f"nchw{i}") for i, x in enumerate((a, b), start=1))
    product = op.layer(MatMul(), a, b, part="product")
    return op.layer(Transpose(TO_NHWC), product)


def _scaled(values: np.ndarray, factor: float) -> np.ndarray:
    return values if factor == 1 else (values * factor).astype(values.dtype)
