"""Elementwise functions, softmax and its logarithm."""

from __future__ import annotations

import math

import numpy as np

from inverse.layers import (
    ELU,
    GELU,
    Abs,
    Affine,
    Clip,
    Erf,
    Exp,
    HardSigmoid,
    HardSwish,
    Layer,
    LeakyReLU,
    Log,
    LogSoftmax,
    Power,
    PReLU,
    Reciprocal,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Sqrt,
    Tanh,
)
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator

__all__: list[str] = []

SIMPLE: dict[str, type[Layer]] = {
    "Relu": ReLU,
    "Sigmoid": Sigmoid,
    "Tanh": Tanh,
    "HardSwish": HardSwish,
    "Erf": Erf,
    "Exp": Exp,
    "Log": Log,
    "Sqrt": Sqrt,
    "Abs": Abs,
    "Reciprocal": Reciprocal,
    "Softplus": Softplus,
}


@operator(*SIMPLE)
def simple(op: Operation) -> Tensor:
    return op.layer(SIMPLE[op.type]())


@operator("Neg")
def negative(op: Operation) -> Tensor:
    return op.layer(Affine(-1.0, 0.0))


@operator("LeakyRelu")
def leaky_relu(op: Operation) -> Tensor:
    return op.layer(LeakyReLU(float(op.attribute("alpha", 0.01))))


@operator("PRelu")
def prelu(op: Operation) -> Tensor:
    """Refused: slopes that depend on the image."""
    return op.layer(PReLU(op.stored(op.constant(1), op.x.rank)))


@operator("Elu")
def elu(op: Operation) -> Tensor:
    return op.layer(ELU(float(op.attribute("alpha", 1.0))))


@operator("HardSigmoid")
def hard_sigmoid(op: Operation) -> Tensor:
    return op.layer(
        HardSigmoid(float(op.attribute("alpha", 0.2)), float(op.attribute("beta", 0.5)))
    )


@operator("Swish")
def swish(op: Operation) -> Tensor:
    """Refused: alpha other than 1."""
    if op.attribute("alpha", 1.0) != 1:
        raise Unsupported(f"its alpha must be 1, got {op.attribute('alpha', 1.0)}")
    return op.layer(SiLU())


@operator("Gelu")
def gelu(op: Operation) -> Tensor:
    return op.layer(GELU(op.attribute("approximate", "none")))


@operator("Clip")
def clip(op: Operation) -> Tensor:
    """Bounds are attributes up to opset 10, inputs from 11 on; none at all is no clipping.

    Refused: bounds that depend on the image, or of which the lower is above the upper.
    """
    bounds = []
    for i, name in ((1, "min"), (2, "max")):
        given = op.attributes.get(name)
        value = op.constant(i) if given is None else np.asarray(given)
        finite = value is not None and value.size and abs(float(value.ravel()[0])) < 3.4e38
        bounds.append(float(value.ravel()[0]) if finite else None)
    if bounds == [None, None]:
        return op.x
    return op.layer(Clip(bounds[0], bounds[1]))


@operator("Pow")
def power(op: Operation) -> Tensor:
    """Refused: exponents that depend on the image, are several, or 0."""
    exponent = np.asarray(op.constant(1))
    if exponent.size != 1:
        raise Unsupported(f"its exponent must be one number, got shape {exponent.shape}")
    return op.layer(Power(float(exponent.ravel()[0])))


@operator("Softmax", "LogSoftmax")
def softmax(op: Operation) -> Tensor:
    """Up to opset 12 over all axes from ``axis`` on, from 13 on over ``axis`` alone.

    Refused: axis 0; before opset 13, an axis with others of more than one entry behind it.
    """
    layer = Softmax if op.type == "Softmax" else LogSoftmax
    axis = int(op.attribute("axis", 1 if op.opset < 13 else -1))
    if op.opset < 13:
        axis = op.positive(axis)
        if math.prod(op.x.shape[axis + 1 :]) != 1:
            raise Unsupported(
                f"before opset 13 it works over all axes from {axis} on, of which shape "
                f"{op.x.shape} has several"
            )
    return op.layer(layer(op.axis(axis)))
