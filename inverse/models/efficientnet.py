"""EfficientNet-Lite0: the whole classifier.

A convolution, 16 blocks, a convolution, the mean over all places and a fully connected layer. A
block expands the channels (1×1), filters each of them alone (depthwise) and projects them back
(1×1); if its output is of the shape of its input, it is added to it. Each convolution is followed
by batch normalization, and but for the projections by min(max(x, 0), 6).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from inverse.models.draft import Draft

__all__ = ["build_efficientnet_lite0"]

Tensors = Mapping[str, np.ndarray[Any, np.dtype[Any]]]

STAGES = (
    # blocks, kernel, stride of the first block, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
SIZE, STEM, EPSILON = 224, 32, 1e-3
ZERO, SIX = np.array(0, dtype=np.float32), np.array(6, dtype=np.float32)


class Block(NamedTuple):
    """Geometry of one block; ``size`` is the side of its input in pixels."""

    kernel: int
    stride: int
    expansion: int
    channels_in: int
    channels_out: int
    size: int


def blocks() -> Iterator[Block]:
    """The 16 blocks in order."""
    channels, size = STEM, math.ceil(SIZE / 2)
    for count, kernel, stride, expansion, channels_out in STAGES:
        for i in range(count):
            step = stride if i == 0 else 1
            yield Block(kernel, step, expansion, channels, channels_out, size)
            channels, size = channels_out, math.ceil(size / step)


def same_pads(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after that give ceil(size / stride) outputs, an odd one after."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class _Drafter:
    """A draft together with the weights."""

    def __init__(self, tensors: Tensors) -> None:
        self.draft, self.tensors = Draft("efficientnet-lite0", (3, SIZE, SIZE)), tensors

    def unit(
        self, name: str, x: str, conv: str, norm: str, *, relu: bool = True, **how: Any
    ) -> str:
        """Convolution, batch normalization and, if ``relu``, the clamp to 0–6."""
        x = self.draft.conv(name, x, self.tensors[f"{conv}.weight"], **how)
        statistics = [
            self.tensors[f"{norm}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        ]
        x = self.draft.add("BatchNormalization", f"{name}.norm", x, *statistics, epsilon=EPSILON)
        return self.draft.add("Clip", f"{name}.relu6", x, ZERO, SIX) if relu else x

    def block(self, k: int, x: str, block: Block) -> str:
        name, key, start = f"blocks.{k}", f"_blocks.{k}", x
        wide = block.channels_in * block.expansion
        if block.expansion != 1:
            x = self.unit(f"{name}.expand", x, f"{key}._expand_conv", f"{key}._bn0")
        x = self.unit(
            f"{name}.depthwise",
            x,
            f"{key}._depthwise_conv",
            f"{key}._bn1",
            stride=block.stride,
            pads=same_pads(block.size, block.kernel, block.stride),
            groups=wide,
        )
        x = self.unit(f"{name}.project", x, f"{key}._project_conv", f"{key}._bn2", relu=False)
        if block.stride == 1 and block.channels_in == block.channels_out:
            x = self.draft.add("Add", f"{name}.add", x, start)
        return x


def build_efficientnet_lite0(tensors: Tensors, note: str = "") -> bytes:
    """The ONNX file: stem, blocks.0 … blocks.15, head, pool, flatten, classifier.

    Parameters
    ----------
    tensors : mapping
        The state dict, with the names of ``efficientnet_lite_pytorch``.
    note : str
        Where the weights are from.
    """
    drafter = _Drafter(tensors)
    pads = same_pads(SIZE, 3, 2)
    x = drafter.unit("stem", "input", "_conv_stem", "_bn0", stride=2, pads=pads)
    for k, block in enumerate(blocks()):
        x = drafter.block(k, x, block)
    x = drafter.unit("head", x, "_conv_head", "_bn1")
    draft, weights, biases = drafter.draft, tensors["_fc.weight"], tensors["_fc.bias"]
    x = draft.add("GlobalAveragePool", "pool", x)
    x = draft.add("Flatten", "flatten", x, axis=1)
    draft.add("Gemm", "classifier", x, weights, biases, transB=1)
    return draft.finish((len(biases),), note)
