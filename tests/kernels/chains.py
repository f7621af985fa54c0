"""The chains that have kernels, and images that are hard for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
)

Image = np.ndarray[Any, Any]


def hog(orientations: int = 9, cell_size: int = 8, bilinear: bool = False) -> Chain:
    orientation = BilinearOrientation if bilinear else HardOrientation
    return Chain(
        {
            "gradient": ImageGradient(),
            "orientation": orientation(orientations),
            "cells": CellPooling(cell_size),
            "normalization": BlockNormalization(),
            "clamp": Clamp(),
            "sum": BlockSum(),
        }
    )


def dsift(bins: int = 8, bin_size: int = 4, step: int = 4) -> Chain:
    return Chain(
        {
            "gradient": ImageGradient(0.5, "one-sided"),
            "orientation": ArctanOrientation(bins),
            "pooling": DescriptorPooling(bin_size, step),
            "normalization": L2Normalization(),
            "clamp": Clamp(),
            "renormalization": L2Normalization(),
        }
    )


chains = st.one_of(
    st.builds(hog, st.integers(2, 12), st.integers(1, 9), st.booleans()),
    st.builds(dsift, st.integers(2, 9), st.integers(1, 5), st.integers(1, 16)),
)

KINDS = ("noise", "8-bit", "few levels", "flat", "zero")


def images(kind: str, shape: tuple[int, ...], seed: int, dtype: Any) -> Image:
    """Grey levels −128 … 127: of noise, or full of ties."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.uniform(-128, 127, shape).astype(dtype)
    if kind == "8-bit":
        x = rng.integers(-128, 128, shape)
        x[:, : shape[1] // 2] = x[:, :1]  # vertical edges, whose gradients are exactly horizontal
        return x.astype(dtype)
    if kind == "few levels":
        return rng.integers(-1, 2, shape).astype(dtype)
    return np.full(shape, 7.0 if kind == "flat" else 0.0, dtype)
