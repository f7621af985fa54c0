"""The filters of conv1: those it starts from, and a picture of what they become."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from PIL import Image


def read_filters(path: Path) -> np.ndarray:
    """conv1's filters in AlexNet's ONNX file: the weights of its shape."""
    return next(
        numpy_helper.to_array(values).copy()
        for values in onnx.load(path).graph.initializer
        if tuple(values.dims) == (64, 3, 11, 11)
    )


def draw_filters(weight: np.ndarray, path: Path, columns: int = 8, zoom: int = 8) -> None:
    """Filters (F, 3, H, W) in rows, each scaled to fill the range, zero in the middle."""
    tiles = weight.transpose(0, 2, 3, 1)
    tiles = 0.5 + 0.5 * tiles / np.abs(tiles).max((1, 2, 3), keepdims=True)
    tiles = np.pad(
        tiles.repeat(zoom, 1).repeat(zoom, 2), ((0, 0), (4, 4), (4, 4), (0, 0)), constant_values=1
    )
    rows = [np.hstack(list(tiles[i : i + columns])) for i in range(0, len(tiles), columns)]
    Image.fromarray((np.vstack(rows) * 255).round().astype(np.uint8)).save(path, optimize=True)
