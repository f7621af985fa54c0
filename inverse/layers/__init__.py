"""Layers: fixed differentiable maps on batches (N, H, W, C), one file each."""

from inverse.layers.arctan_orientation import ArctanOrientation
from inverse.layers.base import Cache, Layer
from inverse.layers.bilinear_orientation import BilinearOrientation
from inverse.layers.block_normalization import BlockNormalization
from inverse.layers.block_sum import BlockSum
from inverse.layers.cell_pooling import CellPooling
from inverse.layers.chain import Chain
from inverse.layers.clamp import Clamp
from inverse.layers.descriptor_pooling import DescriptorPooling
from inverse.layers.foreign import Foreign
from inverse.layers.hard_orientation import HardOrientation
from inverse.layers.image_gradient import ImageGradient
from inverse.layers.l2_normalization import L2Normalization

__all__ = [
    "ArctanOrientation",
    "BilinearOrientation",
    "BlockNormalization",
    "BlockSum",
    "Cache",
    "CellPooling",
    "Chain",
    "Clamp",
    "DescriptorPooling",
    "Foreign",
    "HardOrientation",
    "ImageGradient",
    "L2Normalization",
    "Layer",
]
