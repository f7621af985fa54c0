"""Representations: a chain of layers with a name and a way from pictures to its inputs."""

from inverse.representations.base import LayerInfo, LayerTable, Representation
from inverse.representations.dsift import DenseSift, dsift
from inverse.representations.hog import Hog, hog

__all__ = ["DenseSift", "Hog", "LayerInfo", "LayerTable", "Representation", "dsift", "hog"]
