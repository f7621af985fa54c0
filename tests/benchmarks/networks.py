"""The networks of bench_cnn.py, with random weights: filters of He's scale and small biases.

Such weights keep the size of activations from layer to layer, so that rectifiers, normalizations
and pools meet what they meet in a trained network: speed depends on shapes and, through zeros and
denormal numbers, on scale, but not on what the filters show.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inverse.arrays import Shape
from inverse.layers import (
    Add,
    Chain,
    Concat,
    Conv2d,
    Flatten,
    GlobalAveragePool2d,
    Graph,
    Join,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Node,
    ReLU,
)
from inverse.layers.graph import INPUT, as_graph

GREY_LEVELS = 68.92
"""Standard deviation of a photo's values in 0–255; networks on standardized images have 1."""

BIAS = 0.02
"""Scale of biases, relative to that of what the first layer takes."""


@dataclass(frozen=True)
class Network:
    """Layers with names, the size of square images that they take, and the scale of its values."""

    layers: Chain | Graph
    size: int
    scale: float

    def until(self, target: str | None) -> Chain | Graph:
        """The layers up to ``target``, or all."""
        return self.layers if target is None else self.layers.until(target)


class Draw:
    """Layers with random weights, one after another from one generator."""

    def __init__(self, scale: float) -> None:
        self._rng = np.random.default_rng(0)
        self._scale = scale

    def conv(
        self,
        channels: int,
        features: int,
        size: int,
        stride: int = 1,
        pad: int = 0,
        groups: int = 1,
        gain: float = 1.0,
    ) -> Conv2d:
        """A convolution by size×size filters; ``gain`` 1 keeps the scale through a ReLU."""
        shape = (size, size, channels // groups, features)
        weight = self._normal(shape, gain * math.sqrt(2 / math.prod(shape[:3])))
        bias = self._normal((features,), BIAS * self._scale)
        return Conv2d(weight, bias, (stride, stride), (pad,) * 4, groups=groups)

    def linear(self, takes: int, gives: int) -> Linear:
        """A fully connected layer."""
        weight = self._normal((takes, gives), math.sqrt(2 / takes))
        return Linear(weight, self._normal((gives,), BIAS * self._scale))

    def _normal(self, shape: Shape, scale: float) -> np.ndarray:
        values = self._rng.standard_normal(shape, dtype=np.float32)
        values *= np.float32(scale)
        return values


def caffenet() -> Network:
    """CaffeNet on 227×227, as the paper inverts it: two columns, normalization after pooling."""
    draw = Draw(GREY_LEVELS)

    def pool() -> MaxPool2d:
        return MaxPool2d((3, 3), (2, 2))

    def norm() -> LocalResponseNorm:
        return LocalResponseNorm(5, 1e-4 / 5, 0.75, 1.0)

    layers = {
        "conv1": draw.conv(3, 96, 11, stride=4),
        "relu1": ReLU(),
        "pool1": pool(),
        "norm1": norm(),
        "conv2": draw.conv(96, 256, 5, pad=2, groups=2),
        "relu2": ReLU(),
        "pool2": pool(),
        "norm2": norm(),
        "conv3": draw.conv(256, 384, 3, pad=1),
        "relu3": ReLU(),
        "conv4": draw.conv(384, 384, 3, pad=1, groups=2),
        "relu4": ReLU(),
        "conv5": draw.conv(384, 256, 3, pad=1, groups=2),
        "relu5": ReLU(),
        "pool5": pool(),
        "flatten": Flatten(),
        "fc6": draw.linear(9216, 4096),
        "relu6": ReLU(),
        "fc7": draw.linear(4096, 4096),
        "relu7": ReLU(),
        "fc8": draw.linear(4096, 1000),
    }
    return Network(Chain(layers), 227, GREY_LEVELS)


def alexnet() -> Network:
    """The convolutions of torchvision's AlexNet, in one column, on 224×224, to the last pool."""
    draw, layers, channels = Draw(1.0), dict[str, Layer](), 3
    for i, (features, size, stride, pad) in enumerate(
        ((64, 11, 4, 2), (192, 5, 1, 2), (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1)), start=1
    ):
        layers[f"conv{i}"] = draw.conv(channels, features, size, stride, pad)
        layers[f"relu{i}"] = ReLU()
        if i in (1, 2, 5):
            layers[f"pool{i}"] = MaxPool2d((3, 3), (2, 2))
        channels = features
    return Network(Chain(layers), 224, 1.0)


def vgg16() -> Network:
    """The convolutions of VGG16 on 224×224, to the last pool."""
    draw, layers, channels = Draw(1.0), dict[str, Layer](), 3
    for i, (features, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        for j in range(1, count + 1):
            layers[f"conv{i}_{j}"] = draw.conv(channels, features, 3, pad=1)
            layers[f"relu{i}_{j}"] = ReLU()
            channels = features
        layers[f"pool{i}"] = MaxPool2d((2, 2), (2, 2))
    return Network(Chain(layers), 224, 1.0)


class _Growing(dict[str, Node]):
    """Nodes of a graph, each by default after the one before."""

    def put(self, name: str, layer: Layer | Join, *sources: str) -> str:
        self[name] = Node(layer, sources or (next(reversed(self), INPUT),))
        return name


def squeezenet() -> Network:
    """SqueezeNet 1.1 on 224×224, whole: squeezes to few channels, expands by two branches."""
    draw, nodes = Draw(1.0), _Growing()
    nodes.put("conv1", draw.conv(3, 64, 3, stride=2))
    nodes.put("relu1", ReLU())
    channels = 64
    for i, (few, many) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)), 2
    ):
        if i in (2, 4, 6):
            nodes.put(f"pool{i}", MaxPool2d((3, 3), (2, 2), ceil_mode=True))
        nodes.put(f"squeeze{i}", draw.conv(channels, few, 1))
        narrow = nodes.put(f"squeeze{i}_relu", ReLU())
        branches = []
        for size in (1, 3):
            nodes.put(f"expand{i}_{size}", draw.conv(few, many, size, pad=size // 2), narrow)
            branches.append(nodes.put(f"expand{i}_{size}_relu", ReLU()))
        nodes.put(f"fire{i}", Concat(), *branches)
        channels = 2 * many
    nodes.put("conv10", draw.conv(channels, 1000, 1))
    nodes.put("relu10", ReLU())
    nodes.put("pool10", GlobalAveragePool2d())
    nodes.put("flatten", Flatten())
    return Network(Graph(nodes), 224, 1.0)


def resnet18() -> Network:
    """A residual net of 18 layers on 224×224, whole, its batch norms folded into convolutions."""
    draw, nodes, channels = Draw(1.0), _Growing(), 64
    nodes.put("conv1", draw.conv(3, 64, 7, stride=2, pad=3))
    nodes.put("relu1", ReLU())
    x = nodes.put("pool1", MaxPool2d((3, 3), (2, 2), (1, 1, 1, 1)))
    for i, features in enumerate((64, 128, 256, 512), start=2):
        for block in "ab":
            stride = 2 if features != channels else 1
            name = f"{i}{block}"
            nodes.put(f"conv{name}_1", draw.conv(channels, features, 3, stride, pad=1), x)
            nodes.put(f"relu{name}_1", ReLU())
            # what a block adds is small beside what it passes on, or scales would grow
            y = nodes.put(f"conv{name}_2", draw.conv(features, features, 3, pad=1, gain=0.4))
            if stride > 1:
                x = nodes.put(f"short{name}", draw.conv(channels, features, 1, stride, gain=0.7), x)
            nodes.put(f"add{name}", Add(), y, x)
            x = nodes.put(f"relu{name}_2", ReLU())
            channels = features
    nodes.put("pool5", GlobalAveragePool2d())
    nodes.put("flatten", Flatten())
    nodes.put("fc", draw.linear(512, 1000))
    return Network(Graph(nodes), 224, 1.0)


NETWORKS: dict[str, Callable[[], Network]] = {
    "CaffeNet": caffenet,
    "AlexNet": alexnet,
    "VGG16": vgg16,
    "SqueezeNet": squeezenet,
    "ResNet-18": resnet18,
}


class Cost(NamedTuple):
    """Of an iteration, forward and backward to the image, computed directly.

    Floating-point operations of the convolutions, those of the fully connected layers, and the
    bytes of weights that the latter read.
    """

    conv_flops: int
    linear_flops: int
    linear_bytes: int


def cost(layers: Layer, shape: Shape) -> Cost:
    """The cost of an iteration on a batch of ``shape``."""
    graph = as_graph(layers)
    conv = linear = read = 0
    for name, given in graph.shapes(shape).items():
        layer = graph.layers[name]
        if isinstance(layer, Conv2d):
            conv += 4 * math.prod(given) * math.prod(layer.weight.shape[:3])
        elif isinstance(layer, Linear):
            linear += 4 * math.prod(given) * layer.weight.shape[0]
            read += 2 * layer.weight.nbytes
    return Cost(conv, linear, read)
