"""Which runs of layers have a kernel: the one place where layers and kernels meet."""

from __future__ import annotations

import math
from collections.abc import Iterator

from inverse.arrays import Shape
from inverse.kernels.block_histogram import BlockHistogram
from inverse.kernels.channel_normalization import ChannelNormalization
from inverse.kernels.clamped_normalization import ClampedNormalization
from inverse.kernels.columns_convolution import ColumnsConvolution
from inverse.kernels.convolution import FEW_CHANNELS, Convolution
from inverse.kernels.folded_convolution import FoldedConvolution
from inverse.kernels.fully_connected import FullyConnected
from inverse.kernels.kernel import Kernel, Plain
from inverse.kernels.max_pooling import MaxPooling
from inverse.kernels.oriented_histogram import OrientedHistogram
from inverse.kernels.rectifier import Rectifier
from inverse.kernels.strided_convolution import StridedConvolution
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Clamp,
    Conv2d,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)

__all__ = ["TABLE", "cover"]

Run = tuple[type[Layer], ...]
Kind = type[Kernel]

TABLE: dict[Run, Kind] = {
    (BlockNormalization, Clamp, BlockSum): BlockHistogram,
    (L2Normalization, Clamp, L2Normalization): ClampedNormalization,
    (MaxPool2d,): MaxPooling,
    (ReLU, MaxPool2d): MaxPooling,
    (LocalResponseNorm,): ChannelNormalization,
    (ReLU,): Rectifier,
}
FEW_NUMBERS = 32
"""With at most so many in a window of a strided convolution, it is computed window by window."""

for _orientation in (HardOrientation, BilinearOrientation, ArctanOrientation):
    for _pooling in (CellPooling, DescriptorPooling):
        TABLE[ImageGradient, _orientation, _pooling] = OrientedHistogram


def cover(layers: tuple[Layer, ...], shape: Shape) -> Iterator[tuple[tuple[Layer, ...], Kind]]:
    """``layers`` cut into runs from the left, each the longest that has a kernel.

    The first of them takes images of ``shape``. A ReLU between a convolution and a max-pooling
    goes with the pooling, which leaves it fewer numbers.
    """
    while layers:
        run, kernel = _longest(layers, shape)
        yield run, kernel
        for layer in run:
            shape = layer.output_shape((1, *shape))[1:]
        layers = layers[len(run) :]


def _longest(layers: tuple[Layer, ...], shape: Shape) -> tuple[tuple[Layer, ...], Kind]:
    for length in range(len(layers), 0, -1):
        run, behind = layers[:length], layers[length : length + 1]
        types = tuple(type(layer) for layer in run)
        if types[-1] is ReLU and behind and type(behind[0]) is MaxPool2d:
            continue
        kind = TABLE.get(types)
        if types in ((Conv2d,), (Conv2d, ReLU)):
            kind = _convolution(run[0])  # type: ignore[arg-type]
        elif types in ((Linear,), (Linear, ReLU)) and len(shape) == 1:
            kind = FullyConnected
        if kind is not None:
            return run, kind
    return layers[:1], Plain


def _convolution(layer: Conv2d) -> Kind | None:
    """The kernel for a convolution, if there is one: not for dilated or depthwise filters."""
    if layer.dilation != (1, 1) or (layer.weight.shape[2] == 1 and layer.groups > 1):
        return None
    few = math.prod(layer.weight.shape[:3]) <= FEW_NUMBERS
    if few and layer.groups == 1 and layer.stride != (1, 1):
        return ColumnsConvolution
    if layer.stride == (1, 1):
        return Convolution
    return FoldedConvolution if layer.weight.shape[2] < FEW_CHANNELS else StridedConvolution
