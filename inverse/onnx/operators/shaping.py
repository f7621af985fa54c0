"""Layers that keep every value and change its place: reshapes, transposes, means over axes."""

from __future__ import annotations

import math

import numpy as np

from inverse.layers import (
    DepthToSpace,
    Expand,
    Flatten,
    ReduceMean,
    ReduceSum,
    Reshape,
    SpaceToDepth,
    Squeeze,
    Transpose,
    Unsqueeze,
)
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("Identity", "Dropout", "Cast")
def identity(op: Operation) -> Tensor:
    """Nothing: dropout is for training, and all that depends on the image is one float type.

    Refused: Cast to other than floating-point numbers; Dropout in training mode.
    """
    if op.type == "Cast" and op.attribute("to", 1) not in (1, 10, 11, 16):
        raise Unsupported("values that depend on the image stay floating-point numbers")
    if op.type == "Dropout" and len(op.inputs) > 2 and np.any(op.constant(2)):
        raise Unsupported("it is in training mode; export the model for inference")
    return op.x


@operator("Flatten")
def flatten(op: Operation) -> Tensor:
    """Refused: an axis that would mix the images of a batch."""
    axis = int(op.attribute("axis", 1))
    axis = op.x.rank if axis == op.x.rank else op.positive(axis)
    if axis == 1:
        return op.layer(Flatten(channels_first=op.x.rank == 4))
    return _reshaped(op, (math.prod(op.x.shape[:axis]), math.prod(op.x.shape[axis:])))


@operator("Reshape")
def reshape(op: Operation) -> Tensor:
    """Refused: shapes that would mix the images of a batch, or depend on the image."""
    wanted = op.integers(1, "shape") or []
    if not op.attribute("allowzero", 0):
        wanted = [op.x.shape[i] if v == 0 else v for i, v in enumerate(wanted)]
    if wanted.count(-1) > 1:
        raise Unsupported(f"its shape must have one -1 at most, got {wanted}")
    if -1 in wanted:
        rest = -math.prod(wanted)
        wanted[wanted.index(-1)] = math.prod(op.x.shape) // rest if rest else 0
    if math.prod(wanted) != math.prod(op.x.shape):
        raise Unsupported(f"shape {op.x.shape} cannot become {tuple(wanted)}")
    return _reshaped(op, tuple(wanted))


def _reshaped(op: Operation, shape: tuple[int, ...]) -> Tensor:
    if not shape or shape[0] != op.x.shape[0]:
        raise Unsupported(f"it would mix the images of a batch: shape {op.x.shape} becomes {shape}")
    if shape == op.x.shape:
        return op.x
    if op.x.rank == 4 and len(shape) == 2:
        return op.layer(Flatten(channels_first=True))
    return op.in_onnx_order(Reshape(shape[1:]), op.x, len(shape))


@operator("Transpose")
def transpose(op: Operation) -> Tensor:
    """Refused: axis 0 in another place."""
    axes = op.attribute("perm", list(reversed(range(op.x.rank))))
    axes = [int(axis) for axis in axes]
    if sorted(axes) != list(range(op.x.rank)):
        raise Unsupported(f"its perm must be an order of {op.x.rank} axes, got {axes}")
    if axes[0] != 0:
        raise Unsupported(f"it must leave axis 0, the batch, in its place, got perm {axes}")
    if axes == list(range(op.x.rank)):
        return op.x
    if op.x.rank == 4:  # the same permutation of the axes as they are stored
        place, stored = [0, 3, 1, 2], [0, 2, 3, 1]
        axes = [place[axes[axis]] for axis in stored]
    return op.layer(Transpose(tuple(axes)))


@operator("Squeeze")
def squeeze(op: Operation) -> Tensor:
    """Refused: axis 0."""
    axes = op.integers(1, "axes")
    if axes is None:
        axes = [i for i, size in enumerate(op.x.shape) if size == 1]
    axes = [op.positive(axis) for axis in axes]
    if 0 in axes:
        raise Unsupported("it would remove axis 0, the batch")
    if not axes:
        return op.x
    return op.in_onnx_order(Squeeze(tuple(axes)), op.x, op.x.rank - len(axes))


@operator("Unsqueeze")
def unsqueeze(op: Operation) -> Tensor:
    """Refused: an axis before the batch."""
    axes = op.integers(1, "axes") or []
    rank = op.x.rank + len(axes)
    axes = [op.positive(axis, rank) for axis in axes]
    if 0 in axes:
        raise Unsupported("it would put an axis before the batch")
    return op.in_onnx_order(Unsqueeze(tuple(axes)), op.x, rank)


@operator("Expand")
def expand(op: Operation) -> Tensor:
    """Refused: another rank or batch; a shape that depends on the image."""
    wanted = [int(v) for v in np.ravel(op.constant(1))]
    shape = np.broadcast_shapes(op.x.shape, tuple(wanted))
    if len(shape) != op.x.rank or shape[0] != op.x.shape[0]:
        raise Unsupported(f"it would change the batch: shape {op.x.shape} becomes {shape}")
    return op.x if shape == op.x.shape else op.in_onnx_order(Expand(shape[1:]), op.x, len(shape))


@operator("ReduceMean", "ReduceSum")
def reduce(op: Operation) -> Tensor:
    """Refused: axis 0; no axes, which means all of them."""
    axes = op.integers(1, "axes")
    if not axes and op.attribute("noop_with_empty_axes", 0):
        return op.x
    if not axes:
        raise Unsupported("it works along axis 0 and would mix the images of a batch")
    keep = bool(op.attribute("keepdims", 1))
    layer = ReduceMean if op.type == "ReduceMean" else ReduceSum
    if keep:
        return op.layer(layer(tuple(sorted(op.axis(axis) for axis in axes)), keep))
    # without the reduced axes the others are in ONNX's order
    positive = tuple(sorted(op.positive(axis) for axis in axes))
    if 0 in positive:
        raise Unsupported("it works along axis 0 and would mix the images of a batch")
    return op.in_onnx_order(layer(positive, keep), op.x, op.x.rank - len(positive))


@operator("DepthToSpace", "SpaceToDepth")
def depth_and_space(op: Operation) -> Tensor:
    """Refused: SpaceToDepth in another order than DCR."""
    block = int(op.attribute("blocksize", 0))
    if op.type == "DepthToSpace":
        return op.layer(DepthToSpace(block, op.attribute("mode", "DCR")))
    if op.attribute("mode", "DCR") != "DCR":
        raise Unsupported(f"its mode must be DCR, got {op.attribute('mode', 'DCR')}")
    return op.layer(SpaceToDepth(block))
