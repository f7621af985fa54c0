"""The layers of HOG and dense SIFT, and an input for each."""

from __future__ import annotations

import numpy as np

from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    DescriptorPooling,
    HardOrientation,
    ImageGradient,
    L2Normalization,
)
from tests.layers.cases.case import Cases
from tests.support import normal, positive

LAYERS: Cases = {
    "gradient": (ImageGradient(), normal(0, (2, 6, 5, 1))),
    "gradient, color": (ImageGradient(0.5, "one-sided"), normal(1, (2, 6, 5, 3))),
    "hard": (HardOrientation(5), normal(2, (3, 6, 5, 2))),
    "bilinear": (BilinearOrientation(5), normal(3, (3, 6, 5, 2))),
    "arctan": (ArctanOrientation(5), normal(4, (3, 6, 5, 2))),
    "cells": (CellPooling(4), normal(5, (2, 11, 13, 3))),
    "descriptors": (DescriptorPooling(3, 2), normal(6, (2, 14, 13, 3))),
    "descriptors, flat": (DescriptorPooling(2, 3, "flat"), normal(7, (2, 14, 13, 3))),
    "blocks": (BlockNormalization(), positive(8, (2, 4, 3, 10))),
    "clamp": (Clamp(), normal(9, (2, 4, 3, 5))),
    "sum": (BlockSum(), normal(10, (2, 4, 3, 24))),
    "sum, no texture": (BlockSum(texture=False), normal(11, (2, 4, 3, 24))),
    "l2": (L2Normalization(), normal(12, (2, 4, 3, 5))),
    "chain": (
        Chain({"gradient": ImageGradient(), "hard": HardOrientation(4), "cells": CellPooling(3)}),
        normal(13, (2, 11, 13, 3)),
    ),
    "flat": (BilinearOrientation(5), np.zeros((2, 3, 4, 2))),
}
