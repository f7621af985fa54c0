"""Channels as pixels: upsampling without new numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inverse.arrays import Array, Shape
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand, demand_whole
from inverse.layers.blocks import from_blocks, to_blocks
from inverse.layers.windows import Interval

__all__ = ["DepthToSpace"]


@dataclass(frozen=True, eq=False)
class DepthToSpace(Layer):
    """The b² c channels of a pixel become a block of b×b pixels with c channels each.

    Parameters
    ----------
    block : int
        b.
    mode : {"DCR", "CRD"}
        The order of the channels: with "DCR" (depth, column, row) those of one pixel are together,
        with "CRD" the b² values of one channel are, as in PyTorch's PixelShuffle.

    Notes
    -----
    Forward, from (N, H, W, b² c) to (N, b H, b W, c):

        y[n, b h + i, b w + j, k] = x[n, h, w, m]
        DCR   m = (i b + j) c + k
        CRD   m = (k b + i) b + j

    Backward puts every dy back to its place. With "DCR" the opposite is `SpaceToDepth`.

    Source: the operator DepthToSpace of ONNX; Shi et al., CVPR 2016, for CRD.

    Examples
    --------
    >>> import numpy as np
    >>> DepthToSpace(2)(np.array([[[[1.0, 2.0, 3.0, 4.0]]]]))[0, :, :, 0].tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """

    block: int
    mode: Literal["DCR", "CRD"] = "DCR"

    def __post_init__(self) -> None:
        demand_whole(self, "block", 1)
        demand(self.mode in ("DCR", "CRD"), self, "mode", "be 'DCR' or 'CRD'")

    def sees(self, axis: int, first: int, last: int) -> Interval:  # noqa: ARG002
        return first // self.block, last // self.block

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        if c % self.block**2:
            raise ShapeError(
                f"DepthToSpace with blocks of {self.block}x{self.block} takes a multiple of "
                f"{self.block**2} channels, got shape {shape}"
            )
        return (n, h * self.block, w * self.block, c // self.block**2)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return from_blocks(x, self.block, self.mode, shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return to_blocks(dy, self.block, self.mode, cache)
