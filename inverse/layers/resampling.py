"""One axis of an image in another size: from where its pixels come, and with which weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from inverse.layers.separable import Matrix

__all__ = ["ROUNDINGS", "Coordinates", "Mode", "Resampling", "Rounding", "places", "resampling"]

Mode = Literal["nearest", "linear"]
Coordinates = Literal["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"]
Rounding = Literal["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

ROUNDINGS: dict[str, Callable[[Matrix], Matrix]] = {
    "round_prefer_floor": lambda u: np.ceil(u - 0.5),
    "round_prefer_ceil": lambda u: np.floor(u + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


class Resampling(NamedTuple):
    """The matrix A of shape (m, n) that makes m pixels of n, and a shorter way for some."""

    matrix: Matrix
    copies: int
    """k where pixel i is a copy of pixel i // k; 0 where there is no such k."""


def places(i: Matrix, scale: float, coordinates: Coordinates, mode: Mode) -> Matrix:
    """Where in x the pixels i of y lie, for the coordinates that depend on the scale alone."""
    # what is going to be rounded is computed as onnxruntime does, so that ties fall alike
    i = i.astype(np.float32 if mode == "nearest" else np.float64)
    half = 0.0 if coordinates == "asymmetric" else 0.5
    u: Matrix = (i + half) / scale - half
    return u


@lru_cache(maxsize=256)
def resampling(
    n: int, m: int, scale: float, mode: Mode, coordinates: Coordinates, rounding: Rounding
) -> Resampling:
    """How m pixels are made of n; for the formulas see `Resize`."""
    i = np.arange(m)
    if coordinates == "align_corners":
        u = i * ((n - 1) / max(m - 1, 1))
    elif coordinates == "pytorch_half_pixel" and m == 1:
        u = np.zeros(1)
    else:
        u = places(i, scale, coordinates, mode)
    u = np.clip(ROUNDINGS[rounding](u) if mode == "nearest" else u, 0, n - 1)
    matrix = np.maximum(0.0, 1.0 - np.abs(u[:, None] - np.arange(n, dtype=np.float64)))
    matrix.flags.writeable = False
    copied = m % n == 0 and np.array_equal(matrix, np.repeat(np.eye(n), m // n, axis=0))
    return Resampling(matrix, m // n if copied else 0)
