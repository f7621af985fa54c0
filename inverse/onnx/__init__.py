"""ONNX models as graphs of our layers: the onnx package parses, the operators are translated."""

from inverse.onnx.comparison import Difference, compare
from inverse.onnx.operation import OPERATORS
from inverse.onnx.reading import Model, read_model
from inverse.onnx.translation import Imported, declared_shape, translate

__all__ = [
    "OPERATORS", "Difference", "Imported", "Model", "compare", "declared_shape", "read_model",
    "translate",
]  # fmt: skip
