"""Convolutions, pools and products, and an input for each."""

from __future__ import annotations

from inverse.layers import (
    AveragePool2d,
    Conv2d,
    ConvTranspose2d,
    GlobalAveragePool2d,
    GlobalMaxPool2d,
    Linear,
    MatMul,
    MaxPool2d,
)
from tests.layers.cases.case import Cases
from tests.support import normal

LAYERS: Cases = {
    "conv": (
        Conv2d(normal(200, (3, 2, 4, 5)), normal(201, (5,)), (1, 2), (1, 0, 0, 1)),
        normal(202, (2, 7, 6, 4)),
    ),
    "conv, groups": (
        Conv2d(normal(203, (2, 3, 2, 6)), dilation=(2, 1), groups=2),
        normal(204, (2, 7, 6, 4)),
    ),
    "conv, depthwise": (
        Conv2d(normal(205, (3, 2, 1, 6)), normal(206, (6,)), (2, 1), (1, 1, 0, 0), groups=3),
        normal(207, (2, 7, 6, 3)),
    ),
    "conv, pointwise": (Conv2d(normal(208, (1, 1, 4, 5))), normal(209, (2, 7, 6, 4))),
    "conv, transposed": (
        ConvTranspose2d(normal(210, (3, 2, 5, 4)), normal(211, (5,)), (2, 3), (1, 0, 0, 1)),
        normal(212, (2, 3, 5, 4)),
    ),
    "linear": (Linear(normal(213, (4, 5)), normal(214, (5,))), normal(215, (2, 3, 4))),
    "matmul": (MatMul(), (normal(216, (2, 3, 4, 5)), normal(217, (2, 1, 5, 6)))),
    "max pool": (MaxPool2d((3, 2), (2, 1), (1, 0, 1, 1)), normal(218, (2, 7, 6, 4))),
    "max pool, ceil": (
        MaxPool2d((2, 3), (2, 2), dilation=(2, 1), ceil_mode=True),
        normal(219, (2, 7, 6, 4)).round(),
    ),
    "average pool": (
        AveragePool2d((3, 2), (2, 1), (1, 0, 1, 1), count_include_pad=True),
        normal(220, (2, 7, 6, 4)),
    ),
    "average pool, ceil": (
        AveragePool2d((2, 3), (2, 2), dilation=(2, 1), ceil_mode=True),
        normal(221, (2, 7, 6, 4)),
    ),
    "global average pool": (GlobalAveragePool2d(), normal(222, (2, 7, 6, 4))),
    "global max pool": (GlobalMaxPool2d(), normal(223, (2, 7, 6, 4))),
}
