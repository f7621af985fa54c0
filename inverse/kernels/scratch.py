"""Arrays that hold nothing between two calls: one set for each thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape

__all__ = ["Plane", "Scratch"]

Plane = np.ndarray[Any, Any]
"""An array of one image: a plane (H, W), or several of them."""


class Scratch:
    """Arrays by name, for the images that one thread takes in turn.

    Notes
    -----
    What backward needs belongs to an image; all else is scratch, and shared: four images then take
    little more memory than one, and find the scratch in the processor's cache.
    """

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, Shape, str], Plane] = {}

    def __call__(self, name: str, shape: Shape, dtype: Any) -> Plane:
        """The array of this name, shape and dtype: zeros at first, then whatever was left there."""
        key = (name, shape, np.dtype(dtype).str)
        if key not in self._arrays:
            self._arrays[key] = np.zeros(shape, dtype)
        return self._arrays[key]
