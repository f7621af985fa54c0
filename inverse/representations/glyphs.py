"""Glyphs: orientation histograms drawn as stars of strokes."""

from __future__ import annotations

import numpy as np

from inverse.image import Image

__all__ = ["draw_glyphs"]


def draw_glyphs(histograms: np.ndarray, size: int) -> Image:
    """Draw a grid of histograms of undirected orientations.

    Parameters
    ----------
    histograms : array (rows, cols, K)
        Weight of the gradient orientation kπ/K in each cell. Negative weights are not drawn.
    size : int
        Side of a cell's glyph in pixels.

    Returns
    -------
    Image
        (rows·size, cols·size), 0–1. The strokes lie along the edges, that is at right angles to
        the gradients; where two strokes cross the brighter one shows.
    """
    weights = np.maximum(histograms, 0)
    rows, cols, k = weights.shape
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    sheet = np.zeros((rows, size, cols, size), dtype=np.float32)
    for i in range(k):
        angle = i * np.pi / k
        across = np.abs(x * np.cos(angle) + y * np.sin(angle))
        along = np.abs(-x * np.sin(angle) + y * np.cos(angle))
        stroke = np.clip(1.2 - across, 0, 1) * (along <= size / 2)
        cell = weights[:, None, :, None, i] * stroke[None, :, None, :]
        np.maximum(sheet, cell, out=sheet, casting="same_kind")
    image = sheet.reshape(rows * size, cols * size)
    return image / max(float(image.max()), 1e-12)
