"""The two halves of HOGgle's signals: windows of a HOG code, and the grey patches behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from inverse.arrays import Array
from inverse.errors import ShapeError

__all__ = [
    "BAND", "CELL", "CHANNELS", "RING", "SIDE", "WINDOW", "bare_patches", "cosines",
    "grey_patches", "normalized", "windows",
]  # fmt: skip

CELL = 8
"""Side of a HOG cell in pixels."""

CHANNELS = 31
"""Channels of a cell in the code of `inverse.hog`."""

WINDOW = 5
"""Side of a window in cells."""

RING = 1
"""Cells around a window that the grey patch has too: its codes depend on them."""

SIDE = (WINDOW + 2 * RING) * CELL
"""Side of a grey patch in pixels, 56."""

BAND = 28
"""Cosines a side that are kept of a grey patch: waves of 4 pixels and longer."""

FLAT = 1e-6
"""Signals of a smaller norm count as flat."""


def normalized(signals: Array) -> Array:
    """Each row less its mean, divided by its norm: (x − x̄)/‖x − x̄‖₂; flat rows become 0.

    Parameters
    ----------
    signals : array (N, D)

    Examples
    --------
    >>> import numpy as np
    >>> normalized(np.array([[1.0, 3.0, 1.0, 3.0], [2.0, 2.0, 2.0, 2.0]]))
    array([[-0.5,  0.5, -0.5,  0.5],
           [ 0. ,  0. ,  0. ,  0. ]])
    """
    centered = signals - signals.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    return np.where(norms > FLAT, centered / np.maximum(norms, FLAT), 0).astype(signals.dtype)


def windows(code: Array) -> Array:
    """Every window of 5×5 cells of a code (rows, cols, 31), as rows: (rows−4, cols−4, 775).

    Window (r, c) has the cells r … r+4 of the columns c … c+4.

    Raises
    ------
    ShapeError
        If the code is no array (rows, cols, 31) or has fewer than 5 rows or columns.
    """
    if code.ndim != 3 or code.shape[2] != CHANNELS or min(code.shape[:2]) < WINDOW:
        raise ShapeError(
            f"windows takes codes (rows, cols, {CHANNELS}) of at least {WINDOW}x{WINDOW} cells, "
            f"got {code.shape}"
        )
    views = sliding_window_view(code, (WINDOW, WINDOW), axis=(0, 1))
    return np.moveaxis(views, 2, -1).reshape(*views.shape[:2], -1)


def cosines(dtype: Any = np.float32) -> Array:
    """The 28 lowest of the 56 orthonormal cosines (DCT-II) on a patch's side, as rows: (28, 56).

    C[k, i] = √(2/56) cos(π k (2i + 1)/112), row 0 divided by √2.
    """
    k, i = np.ogrid[:BAND, :SIDE]
    waves = np.sqrt(2 / SIDE) * np.cos(np.pi * k * (2 * i + 1) / (2 * SIDE))
    waves[0] /= np.sqrt(2)
    return np.asarray(waves, dtype=dtype)


def grey_patches(patches: Array) -> Array:
    """The coefficients C p Cᵀ of patches (N, 56, 56), as rows (N, 784), without their mean."""
    waves = cosines(patches.dtype)
    coefficients = waves @ patches @ waves.T
    coefficients[:, 0, 0] = 0
    return np.asarray(coefficients.reshape(len(patches), -1))


def bare_patches(coefficients: Array) -> Array:
    """The patches Cᵀ a C of coefficients (N, 784): the adjoint of `grey_patches`."""
    waves = cosines(coefficients.dtype)
    return np.asarray(waves.T @ coefficients.reshape(-1, BAND, BAND) @ waves)
