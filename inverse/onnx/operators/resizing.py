"""Resize and its predecessor Upsample."""

from __future__ import annotations

import numpy as np

from inverse.layers import Resize
from inverse.onnx.operation import Constant, Operation, Tensor, Unsupported, operator

__all__: list[str] = []


@operator("Upsample")
def upsample(op: Operation) -> Tensor:
    """Scales are an attribute in opset 7, an input in 9; coordinates are asymmetric.

    Refused: as for Resize.
    """
    given = op.attributes.get("scales")
    return _by_scales_alone(op, op.constant(1) if given is None else given)


def _by_scales_alone(op: Operation, scales: Constant) -> Tensor:
    """As Upsample was, and Resize in opset 10."""
    given = np.asarray(scales, dtype=np.float64)
    return _resize(op, None, given, op.attribute("mode", "nearest"), "asymmetric", "floor")


@operator("Resize")
def resize(op: Operation) -> Tensor:
    """Refused: cubic interpolation, antialias, exclude_outside, tf_crop_and_resize, axes, a
    policy for the aspect; scales of the batch or the channels; sizes that depend on the
    image; arrays that are no images.
    """
    if op.opset < 11:
        return _by_scales_alone(op, op.constant(1))
    if op.attribute("antialias", 0) or op.attribute("exclude_outside", 0):
        raise Unsupported("antialias and exclude_outside have no layer")
    if op.attribute("keep_aspect_ratio_policy", "stretch") != "stretch" or "axes" in op.attributes:
        raise Unsupported("its sizes must be given for all axes, and be taken as they are")
    scales, sizes = op.constant(2), op.constant(3)
    return _resize(
        op,
        None if sizes is None or not sizes.size else sizes,
        None if scales is None or not scales.size else np.asarray(scales, dtype=np.float64),
        op.attribute("mode", "nearest"),
        op.attribute("coordinate_transformation_mode", "half_pixel"),
        op.attribute("nearest_mode", "round_prefer_floor"),
    )


def _resize(
    op: Operation,
    sizes: np.ndarray | None,
    scales: np.ndarray | None,
    mode: str,
    coordinates: str,
    nearest: str,
) -> Tensor:
    if op.x.rank != 4:
        raise Unsupported(f"only images of rank 4 have a layer, got shape {op.x.shape}")
    given = sizes if sizes is not None else scales
    if given is None or given.size != 4:
        raise Unsupported("it must have sizes or scales of four axes")
    kept = op.x.shape[:2] if sizes is not None else (1, 1)
    if tuple(given[:2]) != tuple(kept):
        raise Unsupported("it must leave the batch and the channels as they are")
    if sizes is not None:
        op.depends_on_size()
    size = None if sizes is None else (int(sizes[2]), int(sizes[3]))
    scale = None if sizes is not None or scales is None else (float(scales[2]), float(scales[3]))
    layer = Resize(
        size,
        scale,
        mode=mode,  # type: ignore[arg-type]
        coordinates=coordinates,  # type: ignore[arg-type]
        nearest_mode=nearest,  # type: ignore[arg-type]
    )
    return op.layer(layer)
