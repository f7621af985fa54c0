"""AlexNet: the convolutional part, in the one-tower form without local response normalization."""

from __future__ import annotations

from collections.abc import Sequence

from inverse.models.draft import Draft
from inverse.models.flax_file import Convolution

__all__ = ["build_alexnet"]

GEOMETRY = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
"""Stride and padding of conv1 … conv5, whose filters are of 11, 5, 3, 3 and 3 pixels."""

POOLED = (1, 2, 5)
"""Convolutions that are followed by max-pooling over 3×3 with stride 2."""


def build_alexnet(convolutions: Sequence[Convolution], note: str = "") -> bytes:
    """The ONNX file: conv1, relu1, pool1, …, relu5, pool5 for inputs (N, 3, 224, 224)."""
    draft, x = Draft("alexnet", (3, 224, 224)), "input"
    for i, (constants, (stride, pad)) in enumerate(zip(convolutions, GEOMETRY, strict=True), 1):
        x = draft.conv(f"conv{i}", x, *constants, stride=stride, pads=(pad, pad))
        x = draft.add("Relu", f"relu{i}", x)
        if i in POOLED:
            x = draft.max_pool(f"pool{i}", x, size=3, stride=2)
    return draft.finish((len(convolutions[-1][1]), 6, 6), note)
