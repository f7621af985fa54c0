"""Where an inversion may start."""

from __future__ import annotations

import math

import numpy as np

from inverse.arrays import Array
from inverse.image import grey, resize
from inverse.noise import noise
from inverse.photos import photo
from inverse.presets import Preset
from inverse.representations import Representation

__all__ = ["NAMES", "named_start", "noisy_start", "other_photo"]

NAMES = ("noise", "grey", "photo")
GREY = 0.5
OTHER = "hat"


def named_start(
    phi: Representation, name: str, picture: Array, preset: Preset, rng: np.random.Generator | int
) -> Array:
    """The start called ``name``, like an encoded ``picture`` (1, H, W, C)."""
    if name == "noise":
        return noisy_start(phi, picture, preset.start_norm, preset.start_color, rng)
    if name == "grey":
        values = np.full(picture.shape[1:], GREY, picture.dtype)
        return np.asarray(phi.centered(values)[None])
    return picture


def noisy_start(
    phi: Representation,
    like: Array,
    norm: float,
    color: float,
    rng: np.random.Generator | int = 0,
) -> Array:
    """Noise as `invert` draws it, in Φ's own space, where natural images are of norm 1."""
    sigma = phi.sigma * math.sqrt(math.prod(like.shape[1:]))
    return sigma * noise(tuple(like.shape), rng, like.dtype, norm, color)


def other_photo(phi: Representation, like: Array) -> Array | None:
    """A photo of the package's own, resized; None unless images are grey or of three channels."""
    _, height, width, channels = like.shape
    if channels not in (1, 3):
        return None
    values = resize(photo(OTHER), height, width)
    values = grey(values)[..., None] if channels == 1 else values
    return np.asarray(phi.centered(values)[None], like.dtype)
