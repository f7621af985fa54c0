"""Glyphs: orientation histograms drawn as stars of strokes."""

from __future__ import annotations

import numpy as np

from inverse.image import Image

__all__ = ["draw_glyphs", "glyph_size"]


def glyph_size(grid: tuple[int, ...]) -> int:
    """Pixels for each cell of a grid (rows, cols): 20, less for large grids, 3 at the least."""
    return min(20, max(3, 800 // max(grid)))


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
    weights = np.maximum(histograms, 0).astype(np.float32)
    rows, cols, k = weights.shape
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2).astype(np.float32)
    sheet = np.zeros((rows, size, cols, size), dtype=np.float32)
    for i in range(k):
        angle = i * np.pi / k
        across = np.abs(x * np.cos(angle) + y * np.sin(angle))
        along = np.abs(-x * np.sin(angle) + y * np.cos(angle))
        stroke = np.clip(1.2 - across, 0, 1) * (along <= size / 2)
        cell = weights[:, None, :, None, i] * stroke[None, :, None, :]
        np.maximum(sheet, cell, out=sheet)
    image = sheet.reshape(rows * size, cols * size)
    return image / max(float(image.max()), 1e-12)
