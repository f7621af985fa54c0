"""Slice, Gather and Pad: parts of an array, in places of their own."""

from __future__ import annotations

import numpy as np

from inverse.layers import Gather, Pad, Slice
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("Slice")
def slice_(op: Operation) -> Tensor:
    """Refused: axis 0; places that depend on the image."""
    starts, ends = op.integers(1, "starts") or [], op.integers(2, "ends") or []
    axes = op.integers(3, "axes")
    axes = list(range(len(starts))) if axes is None else axes
    steps = op.integers(4, "steps") or [1] * len(starts)
    slices: list[tuple[int, int | None, int] | None] = [None] * (op.x.rank - 1)
    axes = [op.positive(axis) for axis in axes]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        size = op.x.shape[axis]
        if step < 0:  # ONNX begins at the first entry where Python would be past it already
            start = max(start, -size)
        places = range(size)[slice(start, _end(end, size, step), step)]
        if places == range(size):
            continue
        if not places:
            raise Unsupported(f"it leaves nothing of axis {axis} of shape {op.x.shape}")
        stored = op.axis(axis)
        # going backward past the first entry, the end is before it: -1 would be the last
        stop = places.stop if places.stop >= 0 else None
        slices[stored - 1] = (places.start, stop, places.step)
    return op.x if not any(slices) else op.layer(Slice(tuple(slices)))


def _end(end: int, size: int, step: int) -> int | None:
    """ONNX's end as Python's: going backward, one before the first element is None."""
    return None if step < 0 and end < -size else end


@operator("Gather")
def gather(op: Operation) -> Tensor:
    """Refused: axis 0; indices that depend on the image."""
    indices = np.asarray(op.constant(1))
    given = int(op.attribute("axis", 0))
    axis = op.positive(given)
    stored = op.axis(given)
    size = op.x.shape[axis]
    if indices.size and not (-size <= indices.min() and indices.max() < size):
        raise Unsupported(f"its indices must be from {-size} to {size - 1}")
    indices = np.where(indices < 0, indices + size, indices)
    if indices.ndim == 1:
        return op.layer(Gather(indices, stored))
    return op.in_onnx_order(Gather(indices, axis), op.x, op.x.rank - 1 + indices.ndim)


@operator("Pad")
def pad(op: Operation) -> Tensor:
    """Refused: axis 0; amounts that depend on the image; modes that Pad does not have."""
    mode = op.attribute("mode", "constant")
    amounts = op.integers(1, "pads") or []
    fill = op.attributes.get("value")
    fill = op.constant(2) if fill is None else fill
    value = 0.0 if fill is None or np.size(fill) == 0 else float(np.ravel(fill)[0])
    axes = op.integers(3, "axes")
    axes = list(range(op.x.rank)) if axes is None else [op.positive(axis) for axis in axes]
    half = len(amounts) // 2
    pads = [(0, 0)] * op.x.rank
    for axis, before, after in zip(axes, amounts[:half], amounts[half:], strict=True):
        if before or after:
            pads[op.axis(axis)] = (before, after)
    return op.x if not any(map(any, pads)) else op.layer(Pad(tuple(pads), mode, value))
