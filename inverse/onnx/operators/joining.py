"""Concat and Split."""

from __future__ import annotations

import numpy as np

from inverse.layers import Concat, Slice
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("Concat")
def concat(op: Operation) -> Tensor:
    """Refused: constants among its inputs; axis 0."""
    tensors = op.tensors
    if len(tensors) != len(op.inputs):
        raise Unsupported("its inputs must all depend on the image")
    axis = op.axis(int(op.attribute("axis", 1)), tensors[0].rank)
    return op.layer(Concat(axis), *tensors) if len(tensors) > 1 else tensors[0]


@operator("Split")
def split(op: Operation) -> list[Tensor]:
    """Each part is a slice, a node of its own.

    Refused: axis 0; sizes that depend on the image.
    """
    given = int(op.attribute("axis", 0))
    axis, size = op.axis(given), op.x.shape[given]
    sizes = op.integers(1, "split")
    if sizes is None:
        share = -(-size // op.outputs)
        sizes = [min(share, size - i * share) for i in range(op.outputs)]
    ends = np.cumsum([0, *sizes])
    if ends[-1] != size:
        raise Unsupported(f"its parts {sizes} must add up to {size}")
    parts = []
    for i in range(len(sizes)):
        slices: list[tuple[int, int, int] | None] = [None] * (op.x.rank - 1)
        slices[axis - 1] = (int(ends[i]), int(ends[i + 1]), 1)
        parts.append(op.layer(Slice(tuple(slices)), op.x, part=str(i)))
    return parts
