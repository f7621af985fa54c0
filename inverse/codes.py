"""Codes: of the target, of reconstructions, and how far apart those of photos are."""

from __future__ import annotations

import math
import operator

import numpy as np

from inverse import kernels, photos
from inverse.arrangement import demand_values_fit
from inverse.arrays import Array, Shape, resident, to_numpy
from inverse.devices import CPU, Device
from inverse.errors import InputError, ShapeError
from inverse.image import Image, grey, resize
from inverse.layers import Layer
from inverse.metrics import mean_pairwise_distance
from inverse.representations import Representation, as_representation

__all__ = ["codes", "photo_distance", "target_code"]


def codes(phi: Representation, x: Array) -> list[Array]:
    """Φ of each image of a batch, one at a time so that memory is that of a single image."""
    if isinstance(x, np.ndarray):
        program = kernels.compile(phi.layer, (1, *x.shape[1:]), x.dtype)
        return [program.forward(x[i : i + 1])[0][0].copy() for i in range(x.shape[0])]
    return [phi(x[i : i + 1, ...])[0, ...] for i in range(x.shape[0])]


def target_code(
    phi: Representation,
    target: Array,
    image_shape: Shape | None,
    device: Device = CPU,
    max_memory: int | None = None,
) -> tuple[np.ndarray, Image | None, Shape]:
    """Φ₀ as a batch of one, the picture it comes from if there is one, and the shape (H, W, C).

    Raises
    ------
    InputError, ShapeError
        If the target is no picture or, with ``image_shape``, no code of such an image.
    """
    if image_shape is None:
        x = phi.encode(to_numpy(target))
        phi.output_shape(x.shape)
        if max_memory is not None:
            demand_values_fit(phi.layer, x.shape, x.dtype, max_memory)
        found = to_numpy(codes(phi, device.send(x))[0])
        return found[None], phi.decode(x)[0], x.shape[1:]
    try:
        shape = tuple(operator.index(size) for size in image_shape)
    except TypeError:
        shape = ()
    shape = (*shape, 1) if len(shape) == 2 else shape
    if len(shape) != 3 or min(shape) < 1:
        raise ShapeError(f"invert.image_shape must be (H, W) or (H, W, C), got {image_shape}")
    expected = phi.output_shape((1, *shape))
    code = np.asarray(to_numpy(target))
    code = code[None] if code.ndim == len(expected) - 1 else code
    if code.shape != expected:
        raise ShapeError(
            f"the code of a {'x'.join(map(str, shape))} image by {phi.name} must have shape "
            f"{expected} or {expected[1:]}, got {tuple(np.shape(target))}"
        )
    if code.dtype not in (np.float32, np.float64):
        raise InputError(f"a code must be a float32 or float64 array, got {code.dtype}")
    return code, None, shape


def photo_distance(
    representation: Layer, shape: Shape, mask: np.ndarray | None = None, device: Device = CPU
) -> float:
    """N_Φ of the package's own photos, resized to ``shape`` (H, W, C); NaN unless C is 1 or 3."""
    phi = as_representation(representation)
    if shape[2] not in (1, 3):
        return math.nan
    found = []
    with resident():  # tables in float32, which the run may not need
        for name in photos.names():
            image = resize(photos.photo(name), *shape[:2])
            values = grey(image)[..., None] if shape[2] == 1 else image
            x = phi.centered(values)[None].astype(np.float32)
            code = to_numpy(codes(phi, device.send(x))[0])
            found.append(code if mask is None else code * mask)
    return mean_pairwise_distance(found)
