"""Convolutions out of a pickle of nested tables of float32 arrays, as Flax programs keep them."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np

from inverse.errors import InputError
from inverse.models.unpickle import Buildable, unpickle

__all__ = ["Convolution", "read_convolutions"]

Convolution = tuple[np.ndarray[Any, np.dtype[np.float32]], np.ndarray[Any, np.dtype[np.float32]]]
"""Filters (F, C, KH, KW) in ONNX's order, and biases (F,)."""


class _Float32(Buildable):
    """Stands for the dtype: little-endian float32 and no other."""

    def __init__(self, code: str, *_: Any) -> None:
        if code != "f4":
            raise ValueError("values must be of type f4")

    def build(self, state: Any) -> None:
        if state[1] != "<":
            raise ValueError("values must be little-endian")


class _Array(Buildable):
    """Stands for an array, which gets its shape and its values later."""

    values: np.ndarray[Any, np.dtype[np.float32]] | None = None

    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> None:
        _, shape, kind, is_fortran, data = state
        if not isinstance(kind, _Float32) or is_fortran or len(data) != 4 * math.prod(shape):
            raise ValueError("an array is no float32 array in row-major order of its whole size")
        self.values = np.frombuffer(data, dtype="<f4").reshape(shape)


_NAMES = {
    "numpy.core.multiarray _reconstruct": _Array,
    "numpy ndarray": "ndarray",
    "numpy dtype": _Float32,
}


def read_convolutions(data: bytes, network: str) -> list[Convolution]:
    """The convolutions of ``network`` in their order, filters turned from (KH, KW, C, F).

    Raises
    ------
    InputError
        If the pickle is refused, or the convolutions are not where they belong.
    """
    table = unpickle(io.BytesIO(data), _NAMES)
    try:
        layers = table[network]
        pairs = [layers[f"Conv_{i}"] for i in range(len(layers))]
        found = [(pair["kernel"].values, pair["bias"].values) for pair in pairs]
        return [
            (np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias) for kernel, bias in found
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"the weights of {network} are incomplete: {error}") from None
