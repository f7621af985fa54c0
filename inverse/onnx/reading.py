"""An ONNX file read with care: nothing larger than the file says is allocated, nothing is run."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inverse.errors import InputError

__all__ = ["MAX_BYTES", "Model", "read_model"]

MAX_BYTES = 2**31
"""No constant and no intermediate of a network may take more: 2 GiB."""

OLDEST = 7
"""Opsets before this one had other operators of the same names."""


@dataclass(frozen=True)
class Model:
    """A parsed file: the protocol buffer, its constants and the version of its operators."""

    path: Path
    proto: Any
    constants: dict[str, np.ndarray[Any, Any]]
    opset: int

    @property
    def graph(self) -> Any:
        """The graph of the model."""
        return self.proto.graph


def read_model(path: str | os.PathLike[str]) -> Model:
    """Read an ONNX file, and its weights, which may lie in files of the same folder.

    Raises
    ------
    InputError
        If the file is missing, truncated or no ONNX; if a tensor declares more than the file
        holds, or lies outside the model's folder; if the opset is older than 7 or unknown.
    """
    import onnx

    file = Path(path)
    try:
        size = file.stat().st_size
        data = file.read_bytes() if file.is_file() else None
    except OSError as error:
        raise InputError(f"model '{path}' cannot be read: {error.strerror}") from None
    if data is None:
        raise InputError(f"model '{path}' must be a file, got a folder")
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except Exception as error:  # the parser's exceptions have no common type
        raise InputError(f"model '{path}' is no ONNX file, or truncated: {error}") from None
    if not proto.graph.node or not proto.opset_import:
        raise InputError(f"model '{path}' is no ONNX model: it has no graph ({size} bytes)")
    model = Model(file, proto, {}, _opset(path, proto))
    total = 0
    for tensor in _initializers(path, proto.graph):
        values = to_array(tensor, file)
        total += values.nbytes
        if total > MAX_BYTES:
            raise InputError(f"model '{path}' declares constants of more than {MAX_BYTES} bytes")
        model.constants[tensor.name] = values
    return model


def _opset(path: object, proto: Any) -> int:
    import onnx

    versions = {entry.domain: entry.version for entry in proto.opset_import}
    newest = int(onnx.defs.onnx_opset_version())
    opset = versions.get("", versions.get("ai.onnx", 0))
    if not OLDEST <= opset <= newest:
        raise InputError(
            f"model '{path}' must have an opset from {OLDEST} to {newest}, got {opset}"
        )
    return int(opset)


def _initializers(path: object, graph: Any) -> Iterator[Any]:
    if graph.sparse_initializer:
        raise InputError(f"model '{path}' has sparse initializers, which are not supported")
    yield from graph.initializer


def to_array(tensor: Any, file: Path) -> np.ndarray[Any, Any]:
    """The values of a TensorProto of the model in ``file``; half precision becomes float32.

    Checked before anything is allocated: the number of values that its shape declares is the
    number that is there.
    """
    import onnx
    from onnx import numpy_helper

    name = f"tensor '{tensor.name}' of model '{file}'"
    shape = tuple(tensor.dims)
    if min(shape, default=0) < 0:
        raise InputError(f"{name} must have sizes of at least 0, got shape {shape}")
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, ValueError, TypeError):
        raise InputError(f"{name} has the unknown data type {tensor.data_type}") from None
    if dtype.kind in "OSUc":
        raise InputError(f"{name} must be of real numbers, got {dtype}")
    count = math.prod(shape)
    if count * max(dtype.itemsize, 1) > MAX_BYTES:
        raise InputError(f"{name} declares {count} values, more than {MAX_BYTES} bytes")
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        values = _external(tensor, name, file, dtype, count)
    else:
        _check_length(tensor, name, count, dtype)
        try:
            values = numpy_helper.to_array(tensor)
        except Exception as error:
            raise InputError(f"{name} cannot be decoded: {error}") from None
    half = values.dtype.kind not in "fiub" or values.dtype.itemsize == 2
    if values.dtype.kind in "iub" or (values.dtype.kind == "f" and not half):
        return np.asarray(values).reshape(shape)
    return np.asarray(values, dtype=np.float32).reshape(shape)


def _check_length(tensor: Any, name: str, count: int, dtype: np.dtype[Any]) -> None:
    """The declared count of values against what is stored."""
    packed = any(kind in str(dtype) for kind in ("int4", "int2", "float4"))
    if packed:  # several values in a byte: the decoder checks
        return
    if tensor.HasField("raw_data"):
        if len(tensor.raw_data) != count * dtype.itemsize:
            raise InputError(
                f"{name} declares {count} values of {dtype}, but {len(tensor.raw_data)} bytes of "
                "it are there"
            )
        return
    fields = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
    stored = sum(len(getattr(tensor, field)) for field in fields)
    if stored != count * (2 if dtype.kind == "c" else 1):
        raise InputError(f"{name} declares {count} values, but {stored} of them are there")


def _external(
    tensor: Any, name: str, file: Path, dtype: np.dtype[Any], count: int
) -> np.ndarray[Any, Any]:
    """Values that lie in another file, which must be in the model's own folder or below it."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    folder = file.resolve().parent
    try:
        data = (folder / location).resolve()
        inside = bool(location) and data.is_relative_to(folder)
    except ValueError:  # a NUL in the name
        inside = False
    if not inside or Path(location).is_absolute():
        raise InputError(f"{name} must lie in the model's own folder, got {location!r}")
    try:
        offset = int(entries.get("offset", 0))
        with open(data, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            needed = count * dtype.itemsize
            if offset < 0 or offset + needed > size:
                raise InputError(
                    f"{name} declares {needed} bytes at {offset}, but '{location}' has {size}"
                )
            stream.seek(offset)
            return np.frombuffer(stream.read(needed), dtype=dtype.newbyteorder("<"))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} cannot be read from '{location}': {error}") from None
