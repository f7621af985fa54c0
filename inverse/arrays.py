"""Arrays of any library: which namespace an array belongs to, and how constants reach it.

Layers are written once, with ``xp = namespace(x)`` and the functions that NumPy, CuPy and the
Python array API standard share. Nothing here moves data between devices silently: `constant` puts
a table where ``like`` lives, `to_numpy` is called by name.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from inverse.errors import InputError, ShapeError

__all__ = ["Array", "Shape", "constant", "namespace", "per_image", "require", "to_numpy"]

Array = Any
"""An array of NumPy, CuPy or another library of the array API standard."""

Shape = tuple[int, ...]


def namespace(*arrays: Array) -> Any:
    """The array-API namespace that all ``arrays`` belong to (``xp`` in the code)."""
    return array_api_compat.array_namespace(*arrays)


def to_numpy(x: Array) -> np.ndarray[Any, Any]:
    """A NumPy copy or view of ``x``; arrays of another device are brought to the CPU."""
    if isinstance(x, np.ndarray):
        return x
    if array_api_compat.is_cupy_array(x):
        return np.asarray(x.get())
    if array_api_compat.is_torch_array(x) or array_api_compat.is_jax_array(x):
        return np.asarray(array_api_compat.to_device(x, "cpu"))
    return np.from_dlpack(x) if hasattr(x, "__dlpack__") else np.asarray(x)


def constant(values: np.ndarray[Any, Any], like: Array) -> Array:
    """The table ``values`` in the dtype and on the device of ``like``."""
    if isinstance(like, np.ndarray):
        return values.astype(like.dtype, copy=False)
    xp = namespace(like)
    return xp.asarray(values.tolist(), dtype=like.dtype, device=array_api_compat.device(like))


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
