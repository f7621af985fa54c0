"""Updates of a batch, image after image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inverse.arrays import Array

__all__ = ["image_by_image"]


def image_by_image(update: Callable[..., tuple[Array, ...]], *arrays: Array) -> tuple[Array, ...]:
    """``update(*arrays)``, where the update treats every number by itself.

    Parameters
    ----------
    update : function
        Of arrays of one shape, gives arrays of that shape.
    arrays
        Of shape (N, …).

    Notes
    -----
    A formula of several operations passes whole arrays through memory once for each of them. NumPy
    arrays of an image at a time stay in cache from the first to the last, and the same numbers
    come out: measured for momentum and 16 images of 227×227×3, in half the time. Arrays of other
    libraries are taken whole, which gives all processors of a device something to do.

    Examples
    --------
    >>> x, y = np.arange(6.0).reshape(3, 2), np.ones((3, 2))
    >>> total, product = image_by_image(lambda a, b: (a + b, a * b), x, y)
    >>> total.tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    """
    count = arrays[0].shape[0]
    if count == 1 or not all(isinstance(array, np.ndarray) for array in arrays):
        return update(*arrays)
    found: tuple[Any, ...] = ()
    for n in range(count):
        parts = update(*(array[n] for array in arrays))
        found = found or tuple(np.empty((count, *part.shape), part.dtype) for part in parts)
        for whole, part in zip(found, parts, strict=True):
            whole[n] = part
    return found
