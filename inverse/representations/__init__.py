"""Representations: layers with a name, and a way from pictures to their inputs."""

from inverse.representations.base import LayerInfo, LayerTable, Representation
from inverse.representations.cnn import Cnn
from inverse.representations.dsift import DenseSift, dsift
from inverse.representations.from_autograd import representation
from inverse.representations.from_jax import from_jax
from inverse.representations.from_onnx import cnn
from inverse.representations.from_torch import from_torch
from inverse.representations.function import Function
from inverse.representations.given import as_representation
from inverse.representations.hog import Hog, hog

__all__ = [
    "Cnn", "DenseSift", "Function", "Hog", "LayerInfo", "LayerTable", "Representation",
    "as_representation", "cnn", "dsift", "from_jax", "from_torch", "hog", "representation",
]  # fmt: skip
