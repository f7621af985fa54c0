"""Normalizations: LRN, batch, instance, layer."""

from __future__ import annotations

from inverse.layers import BatchNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from inverse.onnx.batch_norm import statistics
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("LRN")
def lrn(op: Operation) -> Tensor:
    """ONNX, like Caffe, divides α by the size of the window; our α is what multiplies the sum.

    Refused: arrays that are no images.
    """
    if op.x.rank != 4:
        raise Unsupported(f"only images of rank 4 have a layer, got shape {op.x.shape}")
    size = int(op.attribute("size", 0))
    return op.layer(
        LocalResponseNorm(
            size=size,
            alpha=float(op.attribute("alpha", 1e-4)) / max(size, 1),
            beta=float(op.attribute("beta", 0.75)),
            bias=float(op.attribute("bias", 1.0)),
        )
    )


@operator("BatchNormalization")
def batch_norm(op: Operation) -> Tensor:
    """Refused: training mode; statistics for each place (spatial = 0)."""
    scale, shift, mean, variance = statistics(op)
    axis = op.axis(1)
    layer = BatchNorm(
        scale, shift, mean, variance, epsilon=float(op.attribute("epsilon", 1e-5)), axis=axis
    )
    return op.layer(layer)


@operator("InstanceNormalization")
def instance_norm(op: Operation) -> Tensor:
    layer = InstanceNorm(
        op.constant(1),
        op.constant(2),
        epsilon=float(op.attribute("epsilon", 1e-5)),
        axis=op.axis(1),
    )
    return op.layer(layer)


@operator("LayerNormalization")
def layer_norm(op: Operation) -> Tensor:
    """Refused: axis 0."""
    axis = op.positive(int(op.attribute("axis", -1)))
    if axis == 0:
        raise Unsupported("it works along axis 0 and would mix the images of a batch")
    layer = LayerNorm(
        op.constant(1), op.constant(2), epsilon=float(op.attribute("epsilon", 1e-5)), axis=axis
    )
    return op.in_onnx_order(layer, op.x, op.x.rank)
