"""The noise that runs start from."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import ParameterError
from inverse.optimize.smoothing import CORNER, smooth

__all__ = ["noise"]


def noise(
    shape: Shape,
    rng: np.random.Generator | int,
    dtype: Any = np.float32,
    norm: float = 1.0,
    color: float = 0.0,
) -> Array:
    """Starting points (N, H, W, C): Gaussian noise, every image scaled to ``norm``.

    With ``color`` q > 0 its spectrum falls as 1/frequency^q, by `smooth`. Drawn on the CPU image
    after image, so that ``noise((3, …), rng)`` equals three single draws from the same Generator.
    """
    seed: Any = 0 if isinstance(rng, np.random.Generator) else rng
    if not isinstance(seed, Integral) or isinstance(seed, bool) or int(seed) < 0:
        raise ParameterError(f"invert.rng must be a numpy Generator or an int >= 0, got {rng!r}")
    draws = np.random.default_rng(rng).standard_normal((shape[0], math.prod(shape[1:])))
    if color:
        smoothed = [smooth(draw.reshape(1, *shape[1:]), color, CORNER) for draw in draws]
        draws = np.stack([image.ravel() for image in smoothed])
    draws *= norm / np.linalg.norm(draws, axis=1, keepdims=True)
    return draws.reshape(shape).astype(dtype)
