"""Layers: fixed differentiable maps on batches, images (N, H, W, C), one file each."""

from inverse.layers.abs import Abs
from inverse.layers.add import Add
from inverse.layers.affine import Affine
from inverse.layers.arctan_orientation import ArctanOrientation
from inverse.layers.average_pool import AveragePool2d
from inverse.layers.base import Cache, Layer
from inverse.layers.batch_norm import BatchNorm
from inverse.layers.bilinear_orientation import BilinearOrientation
from inverse.layers.block_normalization import BlockNormalization
from inverse.layers.block_sum import BlockSum
from inverse.layers.cell_pooling import CellPooling
from inverse.layers.chain import Chain
from inverse.layers.clamp import Clamp
from inverse.layers.clip import Clip
from inverse.layers.concat import Concat
from inverse.layers.conv import Conv2d
from inverse.layers.conv_transpose import ConvTranspose2d
from inverse.layers.depth_to_space import DepthToSpace
from inverse.layers.descriptor_pooling import DescriptorPooling
from inverse.layers.div import Div
from inverse.layers.elu import ELU
from inverse.layers.erf import Erf
from inverse.layers.exp import Exp
from inverse.layers.expand import Expand
from inverse.layers.flatten import Flatten
from inverse.layers.foreign import Foreign
from inverse.layers.gather import Gather
from inverse.layers.gelu import GELU
from inverse.layers.global_average_pool import GlobalAveragePool2d
from inverse.layers.global_max_pool import GlobalMaxPool2d
from inverse.layers.graph import Graph, Node
from inverse.layers.hard_orientation import HardOrientation
from inverse.layers.hard_sigmoid import HardSigmoid
from inverse.layers.hard_swish import HardSwish
from inverse.layers.identity import Identity
from inverse.layers.image_gradient import ImageGradient
from inverse.layers.instance_norm import InstanceNorm
from inverse.layers.join import Join
from inverse.layers.l2_normalization import L2Normalization
from inverse.layers.layer_norm import LayerNorm
from inverse.layers.leaky_relu import LeakyReLU
from inverse.layers.linear import Linear
from inverse.layers.local_response_norm import LocalResponseNorm
from inverse.layers.log import Log
from inverse.layers.log_softmax import LogSoftmax
from inverse.layers.mat_mul import MatMul
from inverse.layers.max_pool import MaxPool2d
from inverse.layers.maximum import Maximum
from inverse.layers.minimum import Minimum
from inverse.layers.mul import Mul
from inverse.layers.pad import Pad
from inverse.layers.power import Power
from inverse.layers.prelu import PReLU
from inverse.layers.reciprocal import Reciprocal
from inverse.layers.reduce_mean import ReduceMean
from inverse.layers.reduce_sum import ReduceSum
from inverse.layers.relu import ReLU
from inverse.layers.reshape import Reshape
from inverse.layers.resize import Resize
from inverse.layers.sigmoid import Sigmoid
from inverse.layers.silu import SiLU
from inverse.layers.slice import Slice
from inverse.layers.softmax import Softmax
from inverse.layers.softplus import Softplus
from inverse.layers.space_to_depth import SpaceToDepth
from inverse.layers.sqrt import Sqrt
from inverse.layers.squeeze import Squeeze
from inverse.layers.sub import Sub
from inverse.layers.tanh import Tanh
from inverse.layers.transpose import Transpose
from inverse.layers.unsqueeze import Unsqueeze

__all__ = [
    "ELU",
    "GELU",
    "Abs",
    "Add",
    "Affine",
    "ArctanOrientation",
    "AveragePool2d",
    "BatchNorm",
    "BilinearOrientation",
    "BlockNormalization",
    "BlockSum",
    "Cache",
    "CellPooling",
    "Chain",
    "Clamp",
    "Clip",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "DepthToSpace",
    "DescriptorPooling",
    "Div",
    "Erf",
    "Exp",
    "Expand",
    "Flatten",
    "Foreign",
    "Gather",
    "GlobalAveragePool2d",
    "GlobalMaxPool2d",
    "Graph",
    "HardOrientation",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "ImageGradient",
    "InstanceNorm",
    "Join",
    "L2Normalization",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "Log",
    "LogSoftmax",
    "MatMul",
    "MaxPool2d",
    "Maximum",
    "Minimum",
    "Mul",
    "Node",
    "PReLU",
    "Pad",
    "Power",
    "ReLU",
    "Reciprocal",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "Resize",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Softplus",
    "SpaceToDepth",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
]
