"""What a layer takes in memory beside its output: for bounds that hold before anything is made."""

from __future__ import annotations

from inverse.arrays import Shape
from inverse.layers import AveragePool2d, Conv2d, Join, Layer, MaxPool2d, Resize

__all__ = ["workspace"]


def workspace(layer: Layer | Join, shape: Shape) -> int:
    """Numbers that a layer needs beside its output: a padded input, or matrices of resampling."""
    if isinstance(layer, Conv2d | MaxPool2d | AveragePool2d):
        channels = layer.weight.shape[2] * layer.groups if isinstance(layer, Conv2d) else shape[3]
        rows, cols = (layer.window.covered(axis, shape[axis + 1]) for axis in (0, 1))
        return shape[0] * rows * cols * channels
    if isinstance(layer, Resize):
        return sum(2 * size * size for size in shape[1:3])
    return 0
