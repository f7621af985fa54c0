"""Batch normalization at inference is an affine map of channels: a convolution takes it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from inverse.layers import Conv2d, Layer, Linear, Node
from inverse.onnx.operation import Operation, Unsupported

__all__ = ["fold_batch_norm", "scale_and_shift", "statistics"]


def scale_and_shift(operation: Operation) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """a and b with which the normalization of each channel is y = a x + b.

    From y = s (x − μ)/√(v + ε) + t follow a = s/√(v + ε) and b = t − a μ.
    """
    scale, shift, mean, variance = (v.astype(np.float64) for v in statistics(operation))
    a = scale / np.sqrt(variance + operation.attribute("epsilon", 1e-5))
    return a, shift - a * mean


def statistics(operation: Operation) -> list[np.ndarray[Any, Any]]:
    """Scale, shift, mean and variance of a batch normalization at inference: one a channel each."""
    old_training = operation.opset < 14 and operation.outputs > 1
    if operation.attribute("training_mode", 0) or old_training:
        raise Unsupported("it is in training mode; export the model for inference")
    if not operation.attribute("spatial", 1):
        raise Unsupported("it must be spatial, one mean for each channel")
    channels = operation.x.shape[1:2]
    found = [np.asarray(operation.constant(i)) for i in range(1, 5)]
    if any(value.shape != channels for value in found):
        shapes = ", ".join(str(value.shape) for value in found)
        raise Unsupported(
            f"its scale, shift, mean and variance must have shape {channels}, got {shapes}"
        )
    if (found[3] + operation.attribute("epsilon", 1e-5) <= 0).any():
        raise Unsupported("its variance plus epsilon must be positive")
    return found


def fold_batch_norm(
    operation: Operation, nodes: Mapping[str, Node], only_use: bool
) -> Layer | None:
    """The convolution or linear layer before a batch normalization, with it taken in, or None.

    a (W x + c) + b = (a W) x + (a c + b): exact, when nothing else needs the convolution's output.
    """
    node = nodes.get(operation.x.node)
    if not only_use or node is None:
        return None
    layer = node.layer
    channels_last = operation.x.rank in (2, 4)
    if not isinstance(layer, Conv2d | Linear) or not channels_last:
        return None
    a, b = scale_and_shift(operation)
    bias = 0.0 if layer.bias is None else layer.bias
    dtype = layer.weight.dtype
    return replace(
        layer, weight=(layer.weight * a).astype(dtype), bias=(a * bias + b).astype(dtype)
    )
