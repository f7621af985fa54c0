"""Arrays of any library: which namespace an array belongs to, and how constants reach it.

Layers are written once, with ``xp = namespace(x)`` and the functions that NumPy, CuPy and the
Python array API standard share. Nothing here moves data between devices silently: `constant` puts
a table where ``like`` lives, `to_numpy` and `together` are called by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import finalize

import array_api_compat
import array_api_compat.numpy
import numpy as np

from inverse.errors import InputError, ShapeError

__all__ = [
    "Array",
    "Shape",
    "constant",
    "namespace",
    "per_image",
    "require",
    "resident",
    "to_numpy",
    "together",
]

Array = Any
"""An array of NumPy, CuPy or another library of the array API standard."""

Shape = tuple[int, ...]


def namespace(*arrays: Array) -> Any:
    """The array-API namespace that all ``arrays`` belong to (``xp`` in the code)."""
    if all(type(array) is np.ndarray for array in arrays):  # the usual case, told in little time
        return array_api_compat.numpy
    return array_api_compat.array_namespace(*arrays)


def to_numpy(x: Array) -> np.ndarray[Any, Any]:
    """A NumPy copy or view of ``x``; arrays of another device are brought to the CPU."""
    if isinstance(x, np.ndarray):
        return x
    if array_api_compat.is_cupy_array(x):
        return np.asarray(x.get())
    if array_api_compat.is_torch_array(x):
        return np.asarray(array_api_compat.to_device(x, "cpu"))
    if array_api_compat.is_jax_array(x):
        return np.asarray(x)
    return np.from_dlpack(x) if hasattr(x, "__dlpack__") else np.asarray(x)


def together(vectors: Sequence[Array]) -> list[np.ndarray[Any, Any]]:
    """Vectors of one length as NumPy arrays; those of a device come in a single transfer."""
    if all(isinstance(vector, np.ndarray) for vector in vectors):
        return list(vectors)
    xp = namespace(*vectors)
    return list(to_numpy(xp.stack([xp.astype(vector, xp.float64) for vector in vectors])))


SMALL = 64
"""Numbers of a table up to which it is known by its values."""

_residents: ContextVar[dict[Any, Array] | None]
_residents = ContextVar("residents", default=None)


@contextmanager
def resident() -> Iterator[None]:
    """Within, `constant` moves a table to a device once, and it stays there until the end.

    For a run, in which no table changes. Thread by thread.
    """
    tables: dict[Any, Array] = {}
    before = _residents.set(tables)
    try:
        yield
    finally:
        _residents.reset(before)
        tables.clear()  # it is still known to the tables that are left


def constant(values: np.ndarray[Any, Any], like: Array, dtype: Any = None) -> Array:
    """The table ``values`` on the device of ``like`` and, unless told otherwise, in its dtype."""
    dtype = like.dtype if dtype is None else dtype
    if isinstance(like, np.ndarray):
        return values.astype(dtype, copy=False)
    device, residents = array_api_compat.device(like), _residents.get()
    key = (_identity(values), str(dtype), str(device))
    if residents is not None and key in residents:
        return residents[key]
    moved = namespace(like).asarray(np.array(values), dtype=dtype, device=device)
    if residents is not None:
        residents[key] = moved
        if isinstance(key[0][0], int):  # its memory may be another table's once it is gone
            finalize(_owner(values), residents.pop, key, None)
    return moved


def _owner(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array that the memory of a view belongs to."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    return values


def _identity(values: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """What tells a table that is not written to from others.

    Weights are known by their memory, so that a view made anew is the same one; small tables and
    those of indices, which are made anew, by their values.
    """
    by_values = values.size <= SMALL or values.dtype.kind != "f"
    where = values.tobytes() if by_values else values.__array_interface__["data"][0]
    return where, values.dtype.str, values.shape, values.strides


def per_image(x: Array) -> Array:
    """Sum of ``x`` over all axes but the first, in float64: shape (N,).

    Every row is summed alone, so the value of an image does not depend on the batch it is in.
    """
    xp = namespace(x)
    return xp.sum(xp.reshape(x, (x.shape[0], -1)), axis=1, dtype=xp.float64)


def require(x: Array, owner: str, rank: int | None = None) -> Shape:
    """The shape of ``x`` after checking that it is a float array (of rank ``rank``).

    Raises
    ------
    InputError
        If ``x`` is not a float32 or float64 array.
    ShapeError
        If its rank is not ``rank``.
    """
    dtype = str(getattr(x, "dtype", f"a {type(x).__name__}")).rsplit(".", 1)[-1]
    if dtype not in ("float32", "float64"):
        raise InputError(f"{owner} takes float32 or float64 arrays, got {dtype}")
    shape: Shape = tuple(x.shape)
    if rank is not None and len(shape) != rank:
        raise ShapeError(f"{owner} takes arrays of rank {rank}, got shape {shape}")
    return shape
