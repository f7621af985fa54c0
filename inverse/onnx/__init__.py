"""ONNX models as graphs of our layers: the onnx package parses, the operators are translated."""

from inverse.onnx.comparison import Difference, compare
from inverse.onnx.network_input import declared_shape
from inverse.onnx.operation import OPERATORS
from inverse.onnx.reading import Model, read_model
from inverse.onnx.translation import Imported, translate

__all__ = [
    "OPERATORS", "Difference", "Imported", "Model", "compare", "declared_shape", "read_model",
    "translate",
]  # fmt: skip
