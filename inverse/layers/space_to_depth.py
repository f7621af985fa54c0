"""Pixels as channels: downsampling without loss."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand_whole
from inverse.layers.blocks import from_blocks, to_blocks
from inverse.layers.windows import Window

__all__ = ["SpaceToDepth"]


@dataclass(frozen=True, eq=False)
class SpaceToDepth(Layer):
    """Each block of b×b pixels with c channels becomes one pixel with b² c channels.

    Parameters
    ----------
    block : int
        b.

    Notes
    -----
    Forward, from (N, b H, b W, c) to (N, H, W, b² c):

        y[n, h, w, (i b + j) c + k] = x[n, b h + i, b w + j, k]

    Backward puts every dy back to its place. The opposite is `DepthToSpace` in the order "DCR";
    PyTorch's PixelUnshuffle has the other order of channels.

    Source: the operator SpaceToDepth of ONNX.

    Examples
    --------
    >>> import numpy as np
    >>> SpaceToDepth(2)(np.array([[[[1.0], [2.0]], [[3.0], [4.0]]]])).tolist()
    [[[[1.0, 2.0, 3.0, 4.0]]]]
    """

    block: int

    def __post_init__(self) -> None:
        demand_whole(self, "block", 1)

    @property
    def window(self) -> Window:
        return Window((self.block, self.block), (self.block, self.block))

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        if h % self.block or w % self.block:
            raise ShapeError(
                f"SpaceToDepth with blocks of {self.block}x{self.block} takes images of whole "
                f"blocks, got shape {shape}"
            )
        return (n, h // self.block, w // self.block, c * self.block**2)

    def forward(self, x: Array) -> tuple[Array, Shape]:
        shape = self.output_shape(tuple(x.shape))
        return to_blocks(x, self.block, "DCR", shape), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        return from_blocks(dy, self.block, "DCR", cache)
