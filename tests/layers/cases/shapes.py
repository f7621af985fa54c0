"""Layers that rearrange, join and resample, and an input for each."""

from __future__ import annotations

import numpy as np

from inverse.layers import (
    Add,
    Affine,
    Concat,
    DepthToSpace,
    Div,
    Expand,
    Flatten,
    Gather,
    Identity,
    Maximum,
    Minimum,
    Mul,
    Pad,
    ReduceMean,
    ReduceSum,
    Reshape,
    Resize,
    Slice,
    SpaceToDepth,
    Squeeze,
    Sub,
    Transpose,
    Unsqueeze,
)
from tests.layers.cases.case import Cases
from tests.support import normal

PADS = ((0, 0), (2, 1), (0, 2), (1, 0))

LAYERS: Cases = {
    "add": (Add(), (normal(200, (2, 4, 3, 5)), normal(201, (2, 1, 3, 5)))),
    "add, three": (Add(), tuple(normal(202 + i, (2, 4, 3, 5)) for i in range(3))),
    "sub": (Sub(), (normal(205, (2, 4, 3, 5)), normal(206, (2, 1, 1, 5)))),
    "mul": (Mul(), (normal(207, (2, 4, 3, 5)), normal(208, (2, 1, 1, 5)))),
    "div": (Div(), (normal(209, (2, 4, 1, 5)), 2 + normal(210, (2, 4, 3, 5)) ** 2)),
    "maximum": (Maximum(), (normal(211, (2, 4, 3, 5)), normal(212, (2, 4, 1, 5)))),
    "minimum": (Minimum(), (normal(213, (2, 4, 1, 5)), normal(214, (2, 4, 3, 5)))),
    "concat": (Concat(), tuple(normal(215 + i, (2, 4, 3, i + 1)) for i in range(3))),
    "concat, rows": (Concat(1), (normal(218, (2, 4, 3, 5)), normal(219, (2, 1, 3, 5)))),
    "affine": (Affine(normal(220, (5,)), normal(221, (4, 1, 1))), normal(222, (2, 4, 3, 5))),
    "affine, numbers": (Affine(0.5, -2), normal(223, (2, 4, 3, 5))),
    "affine, repeating": (Affine(2.0, normal(224, (4, 3, 5))), normal(225, (2, 1, 3, 1))),
    "identity": (Identity(), normal(226, (2, 4, 3, 5))),
    "reshape": (Reshape((6, -1)), normal(227, (2, 4, 3, 5))),
    "flatten": (Flatten(), normal(228, (2, 4, 3, 5))),
    "flatten, channels first": (Flatten(channels_first=True), normal(229, (2, 4, 3, 5))),
    "transpose": (Transpose((0, 3, 1, 2)), normal(230, (2, 4, 3, 5))),
    "squeeze": (Squeeze((1, -2)), normal(231, (2, 1, 1, 5))),
    "unsqueeze": (Unsqueeze((1, -1)), normal(232, (2, 4, 5))),
    "pad": (Pad(PADS, value=0.5), normal(233, (2, 4, 3, 5))),
    "pad, cropping": (Pad(((0, 0), (-1, 2), (1, -1))), normal(234, (2, 4, 3))),
    "pad, reflect": (Pad(PADS, "reflect"), normal(235, (2, 4, 3, 5))),
    "pad, edge": (Pad(PADS, "edge"), normal(236, (2, 4, 3, 5))),
    "pad, wrap": (Pad(PADS, "wrap"), normal(237, (2, 4, 3, 5))),
    "slice": (Slice(((1, 9, 2), None, (None, None, -2))), normal(238, (2, 4, 3, 5))),
    "reduce mean": (ReduceMean((1, 2)), normal(239, (2, 4, 3, 5))),
    "reduce sum": (ReduceSum((1, -1), keepdims=False), normal(240, (2, 4, 3, 5))),
    "resize, copies": (Resize(scales=(2, 3)), normal(241, (2, 4, 3, 5))),
    "resize, nearest": (Resize((3, 5), nearest_mode="floor"), normal(242, (2, 4, 3, 5))),
    "resize, linear": (Resize(scales=(2, 0.7), mode="linear"), normal(243, (2, 4, 3, 5))),
    "gather, permutation": (Gather(np.array([3, 0, 4, 1, 2])), normal(244, (2, 4, 3, 5))),
    "gather, repeats": (Gather(np.array([[0, -1], [0, 2]]), 1), normal(245, (2, 4, 3, 5))),
    "expand": (Expand((4, 3, 5)), normal(246, (2, 1, 3, 1))),
    "depth to space": (DepthToSpace(2), normal(247, (2, 4, 3, 8))),
    "depth to space, CRD": (DepthToSpace(2, "CRD"), normal(248, (2, 4, 3, 8))),
    "space to depth": (SpaceToDepth(2), normal(249, (2, 4, 6, 3))),
}
