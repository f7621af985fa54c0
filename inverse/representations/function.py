"""Functions of other libraries as representations: what they are given, what they must give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError, ParameterError, ShapeError
from inverse.image import Image, grey, resize
from inverse.layers import Chain, Foreign
from inverse.preprocessing import Preprocessing
from inverse.representations.base import Representation
from inverse.representations.prepared import steps

__all__ = ["Function", "checked_code", "described", "function", "name_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Function(Representation):
    """A `Representation` by a function of another library.

    Attributes
    ----------
    preprocessing : Preprocessing
        What the function's input is, in terms of a picture.

    Notes
    -----
    x is a picture in grey levels 0–255, less the mean, as for every representation; the layers
    before "function" make the function's input of it.
    """

    preprocessing: Preprocessing = field(kw_only=True)

    def encode(self, image: Image) -> Array:
        """A picture of values 0–1 as a batch x (1, H, W, C) of the function's size and channels."""
        values, given = self.checked(image), self.preprocessing
        if given.channels == 1:
            values = grey(values)[..., None]
        elif given.channels == 3 and values.ndim == 2:
            values = np.repeat(values[..., None], 3, axis=2)
        if values.ndim != 3 or values.shape[2] != given.channels:
            raise InputError(
                f"{self.name} takes pictures of {given.channels} channels, got shape {values.shape}"
            )
        if given.size is not None and values.shape[:2] != given.size:
            values = resize(values, *given.size).astype(values.dtype)
        return self.centered(values)[None]


def function(map: Any, name: str, given: Preprocessing) -> Function:
    """The representation by an object with ``forward`` and ``backward``."""
    layers = {**dict(steps(given)), "function": Foreign(map)}
    return Function(name, Chain(layers), mean=given.center, preprocessing=given)


def described(input: dict[str, Any], owner: str) -> Preprocessing:
    """What the function's input is; the order of axes is no part of it."""
    if "layout" in input:
        raise ParameterError(f"{owner} takes no layout: its images are (N, H, W, C)")
    return Preprocessing.of(input, owner)


def name_of(function: Any, owner: str) -> str:
    """A name for what must be callable."""
    if not callable(function):
        raise ParameterError(f"{owner} takes a function, got {type(function).__name__}")
    name = str(getattr(function, "__name__", type(function).__name__))
    return "function" if name == "<lambda>" else name.lower()


def checked_code(y: Any, x: Array, owner: str) -> Array:
    """What a function gave for x, as an array of x's own dtype.

    Raises
    ------
    InputError, ShapeError
        If it is no array of numbers, or has not one code for each image of x.
    """
    if not hasattr(y, "shape") or np.asarray(y).dtype.kind != "f":
        raise InputError(f"{owner}: the function must give an array of floats, got {_what(y)}")
    shape = tuple(y.shape)
    if len(shape) < 2 or shape[0] != x.shape[0]:
        raise ShapeError(
            f"{owner}: the function must give one code for each of {x.shape[0]} images, an array "
            f"of shape ({x.shape[0]}, ...), got shape {shape}"
        )
    return np.array(y, dtype=x.dtype, order="C")


def _what(y: Any) -> str:
    return f"an array of {y.dtype}" if hasattr(y, "dtype") else type(y).__name__
