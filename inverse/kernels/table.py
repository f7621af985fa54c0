"""Which runs of layers have a kernel: the one place where layers and kernels meet."""

from __future__ import annotations

from collections.abc import Iterator

from inverse.kernels.block_histogram import BlockHistogram
from inverse.kernels.clamped_normalization import ClampedNormalization
from inverse.kernels.kernel import Kernel, Plain
from inverse.kernels.oriented_histogram import OrientedHistogram
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Clamp,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
    Layer,
)

__all__ = ["TABLE", "cover"]

Run = tuple[type[Layer], ...]

TABLE: dict[Run, type[Kernel]] = {
    (BlockNormalization, Clamp, BlockSum): BlockHistogram,
    (L2Normalization, Clamp, L2Normalization): ClampedNormalization,
} | {
    (ImageGradient, orientation, pooling): OrientedHistogram
    for orientation in (HardOrientation, BilinearOrientation, ArctanOrientation)
    for pooling in (CellPooling, DescriptorPooling)
}


def cover(layers: tuple[Layer, ...]) -> Iterator[tuple[tuple[Layer, ...], type[Kernel]]]:
    """``layers`` cut into runs from the left, each the longest that the table knows."""
    while layers:
        lengths = range(len(layers), 0, -1)
        types = tuple(type(layer) for layer in layers)
        length = next((n for n in lengths if types[:n] in TABLE), 1)
        yield layers[:length], TABLE.get(types[:length], Plain)
        layers = layers[length:]
