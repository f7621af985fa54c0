"""Tensors out of a file of ``torch.save`` as it wrote before version 1.6, without PyTorch.

The file is a row of pickles: a magic number, the protocol, facts of the machine, the table of
tensors, the list of storage keys; then each storage as its length (int64) and its raw values.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from inverse.errors import InputError
from inverse.models.unpickle import Buildable, unpickle

__all__ = ["read_tensors"]

Tensors = dict[str, np.ndarray[Any, np.dtype[Any]]]

MAX_RANK = 4

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class _Table(dict[Any, Any], Buildable):
    """Stands for an OrderedDict; its attributes are notes of PyTorch's and dropped."""

    def __init__(self) -> None:
        super().__init__()

    def build(self, state: Any) -> None:
        pass


class _Storage:
    """A row of values of one type, which come at the end of the file."""

    def __init__(self, kind: Any, count: Any) -> None:
        if not isinstance(kind, np.dtype) or not isinstance(count, int) or count < 0:
            raise ValueError("a storage must have a type and a length")
        self.kind, self.count = kind, count
        self.values: np.ndarray[Any, np.dtype[Any]] | None = None


class _Tensor:
    """A view of a storage: where it begins, its shape and its strides, counted in values."""

    def __init__(
        self,
        storage: _Storage,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        *_: Any,
    ) -> None:
        numbers = (offset, *shape, *strides)
        if not all(isinstance(n, int) and n >= 0 for n in numbers) or len(shape) > MAX_RANK:
            raise ValueError(f"a tensor must be of rank {MAX_RANK} at the most, counted upwards")
        last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        # a stride of 0 would make a large tensor of a small file
        if not last < storage.count or math.prod(shape) > storage.count:
            raise ValueError("a tensor must lie within its storage")
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def read(self) -> np.ndarray[Any, np.dtype[Any]]:
        if self.storage.values is None:
            raise ValueError("a storage has no values")
        strides = [stride * self.storage.kind.itemsize for stride in self.strides]
        start = self.storage.values[self.offset :]
        return np.lib.stride_tricks.as_strided(start, self.shape, strides).copy()


_NAMES = {
    "collections OrderedDict": _Table,
    "torch._utils _rebuild_tensor_v2": _Tensor,
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}


def read_tensors(data: bytes) -> Tensors:
    """The tensors of a state dict by name.

    Raises
    ------
    InputError
        If the file is of another format, truncated, or its pickles are refused.
    """
    file, storages = io.BytesIO(data), dict[str, _Storage]()
    if (unpickle(file, {}), unpickle(file, {})) != (_MAGIC, _PROTOCOL):
        raise InputError("the weights are no file of torch.save in its format before 1.6")
    machine = unpickle(file, {})
    table = unpickle(file, _NAMES, _storage_of(storages))
    keys = unpickle(file, {})
    try:
        if machine["little_endian"] is not True:
            raise ValueError("values must be little-endian")
        for key in keys:
            _fill(storages[str(key)], file)
        return {str(name): tensor.read() for name, tensor in table.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"the file of tensors is broken: {error}") from None


def _storage_of(storages: dict[str, _Storage]) -> Callable[[Any], _Storage]:
    """What a persistent id stands for: ("storage", type, key, device, length, view)."""

    def storage(identity: Any) -> _Storage:
        word, kind, key, _, count, view = identity
        if word != "storage" or not isinstance(key, str) or view is not None:
            raise ValueError("a persistent id must be that of a whole storage")
        return storages.setdefault(key, _Storage(kind, count))

    return storage


def _fill(storage: _Storage, file: BinaryIO) -> None:
    count = int.from_bytes(file.read(8), "little")
    data = file.read(storage.count * storage.kind.itemsize)
    if count != storage.count or len(data) != count * storage.kind.itemsize:
        raise ValueError(f"a storage of {storage.count} values is truncated")
    storage.values = np.frombuffer(data, dtype=storage.kind)
