"""The network as it learns: CaffeNet's 20 layers, with batch normalization and dropout."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

SIZE = 131
"""Side of the input: with it, convolution and pools fit exactly (31, 15, 7 and 3 positions)."""

GAIN = 30.0
"""Scale of conv1 and conv2 in the file: so large, their squares count in LRN beside k = 1."""


class Normalization(nn.Module):
    """LRN of size 5, α = 1e-4, β = 0.75, k = 1 of values that are GAIN times as large, over GAIN.

    A 1x1 convolution sums the neighbors: much faster than `torch.nn.LocalResponseNorm` on a CPU.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        index = torch.arange(channels)
        near = (index[:, None] - index).abs() <= 2
        self.register_buffer("weights", near[:, :, None, None] * (1e-4 / 5 * GAIN**2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (1 + functional.conv2d(x * x, self.weights)).pow(-0.75)


def network(classes: int) -> nn.Sequential:
    """All layers by name: conv1 bn1 relu1 pool1 norm1 … fc8, the batch normalizations bn1 … bn7."""

    def conv(n: int, inputs: int, outputs: int, size: int, **options: int) -> list:
        layer = nn.Conv2d(inputs, outputs, size, bias=False, **options)
        return [(f"conv{n}", layer), (f"bn{n}", nn.BatchNorm2d(outputs)), (f"relu{n}", nn.ReLU())]

    def full(n: int, inputs: int, outputs: int) -> list:
        layer = nn.Linear(inputs, outputs, bias=False)
        norm = nn.BatchNorm1d(outputs)
        return [
            (f"drop{n}", nn.Dropout()),
            (f"fc{n}", layer),
            (f"bn{n}", norm),
            (f"relu{n}", nn.ReLU()),
        ]

    layers = [
        *conv(1, 3, 64, 11, stride=4),
        ("pool1", nn.MaxPool2d(3, 2)),
        ("norm1", Normalization(64)),
        *conv(2, 64, 128, 5, padding=2, groups=2),
        ("pool2", nn.MaxPool2d(3, 2)),
        ("norm2", Normalization(128)),
        *conv(3, 128, 160, 3, padding=1),
        *conv(4, 160, 160, 3, padding=1, groups=2),
        *conv(5, 160, 128, 3, padding=1, groups=2),
        ("pool5", nn.MaxPool2d(3, 2)),
        ("flatten", nn.Flatten()),
        *full(6, 128 * 3 * 3, 256),
        *full(7, 256, 256),
        ("fc8", nn.Linear(256, classes)),
    ]
    return nn.Sequential(OrderedDict(layers)).to(memory_format=torch.channels_last)
