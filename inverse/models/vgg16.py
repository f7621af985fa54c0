"""VGG-16: the convolutional part."""

from __future__ import annotations

from collections.abc import Sequence

from inverse.models.draft import Draft
from inverse.models.flax_file import Convolution

__all__ = ["build_vgg16"]

DEPTHS = (2, 2, 3, 3, 3)
"""Convolutions of 3×3 pixels in each stage, before it is halved by max-pooling over 2×2."""


def build_vgg16(convolutions: Sequence[Convolution], note: str = "") -> bytes:
    """The ONNX file: conv1_1, relu1_1, …, conv5_3, relu5_3, pool5 for (N, 3, 224, 224)."""
    draft, x, constants = Draft("vgg16", (3, 224, 224)), "input", iter(convolutions)
    for stage, depth in enumerate(DEPTHS, 1):
        for i in range(1, depth + 1):
            x = draft.conv(f"conv{stage}_{i}", x, *next(constants), pads=(1, 1))
            x = draft.add("Relu", f"relu{stage}_{i}", x)
        x = draft.max_pool(f"pool{stage}", x, size=2, stride=2)
    return draft.finish((len(convolutions[-1][1]), 7, 7), note)
