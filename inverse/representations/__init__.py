"""Representations: layers with a name, and a way from pictures to their inputs."""

from inverse.representations.base import LayerInfo, LayerTable, Representation
from inverse.representations.cnn import Cnn
from inverse.representations.dsift import DenseSift, dsift
from inverse.representations.from_onnx import cnn
from inverse.representations.hog import Hog, hog

__all__ = [
    "Cnn", "DenseSift", "Hog", "LayerInfo", "LayerTable", "Representation", "cnn", "dsift", "hog",
]  # fmt: skip
