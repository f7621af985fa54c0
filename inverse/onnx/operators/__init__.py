"""What each ONNX operator becomes; importing this package registers all of them."""

from inverse.onnx.operators import (
    activations,
    arithmetic,
    convolution,
    joining,
    linear,
    normalization,
    pooling,
    resizing,
    shaping,
    slicing,
)

__all__ = [
    "activations", "arithmetic", "convolution", "joining", "linear", "normalization", "pooling",
    "resizing", "shaping", "slicing",
]  # fmt: skip
