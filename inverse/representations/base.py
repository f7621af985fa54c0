"""What a representation is: a layer with a name, and the way from pictures to its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from inverse.arrays import Array, Shape, require, to_numpy
from inverse.errors import InputError, ShapeError
from inverse.image import Image, grey
from inverse.layers import Cache, Chain, Graph, Join, Layer
from inverse.receptive_field import Box, Field, fields, receptive_field

__all__ = ["GREY_MEAN", "SIGMA", "LayerInfo", "LayerTable", "Representation"]

GREY_MEAN = 128.0
"""What is subtracted from grey levels 0–255, in place of a network's mean image."""

SIGMA = 27098.11571533203 / math.sqrt(227 * 227 * 3)
"""Root mean square of centered natural images, 68.92 grey levels per value.

The authors measured an average norm of 27098.12 on images of 227×227×3 values (``x0_sigma.mat``
in their code).
"""


class LayerInfo(NamedTuple):
    """One row of `Representation.layers`; ``field`` is None where units depend on all pixels."""

    name: str
    op: str
    shape: Shape | None
    parameters: int
    field: Field | None

    def as_dict(self) -> dict[str, Any]:
        """The row for JSON."""
        return {**self._asdict(), "field": self.field and self.field._asdict()}


class LayerTable(tuple[LayerInfo, ...]):
    """The layers of a representation; printing it shows a table.

    The receptive field is shown by its size, its stride and the center of its first unit, all in
    pixels: rows x columns, or one number where both are equal.
    """

    def __str__(self) -> str:
        rows = [_row(info) for info in self]
        rows.insert(0, ("name", "op", "output", "parameters", "field", "stride", "center"))
        # a representation without weights, or whose layers see everything, needs no such columns
        said = [{row[i] for row in rows[1:]} - {"0", "all", ""} for i in range(7)]
        kept = [i for i in range(7) if i < 3 or said[i]]
        widths = [max(len(row[i]) for row in rows) for i in range(7)]
        lines = ("  ".join(row[i].ljust(widths[i]) for i in kept) for row in rows)
        return "\n".join(line.rstrip() for line in lines)


def _row(info: LayerInfo) -> tuple[str, ...]:
    output = "x".join(map(str, info.shape[1:])) if info.shape else "any"
    field = ("all", "", "") if info.field is None else tuple(_pair(pair) for pair in info.field)
    return (info.name, info.op, output, str(info.parameters), *field)


def _pair(pair: tuple[float, float]) -> str:
    a, b = (f"{value:g}" for value in pair)
    return a if a == b else f"{a}x{b}"


@dataclass(frozen=True, eq=False, repr=False)
class Representation(Layer):
    """A code Φ of images: a chain of layers, its name, and its own space of inputs.

    Parameters
    ----------
    name : str
        For messages and file names.
    layer : Chain or Graph
        Φ itself, on batches x of shape (N, H, W, C).
    mean : float, or tuple of one for each channel
        Subtracted from grey levels 0–255 by `encode`, added again by `decode`.
    sigma : float
        Root mean square of natural images in this space, per value (the paper's σ).

    Notes
    -----
    HOG and dense SIFT depend on gradients alone, so their codes are the same for x in 0–255 and
    for the centered x = 255·image − 128 that `encode` gives. They are computed from one grey
    channel, as in the paper; an x of several channels is taken too, when it is passed directly.
    """

    name: str
    layer: Chain | Graph
    mean: float | tuple[float, ...] = GREY_MEAN
    sigma: float = SIGMA

    def output_shape(self, shape: Shape) -> Shape:
        try:
            return self.layer.output_shape(shape)
        except ShapeError as error:
            raise ShapeError(f"{self.name}, {error}") from None

    def forward(self, x: Array) -> tuple[Array, Cache]:
        self.output_shape(require(x, self.name))
        return self.layer.forward(x)

    def backward(self, dy: Array, cache: Cache) -> Array:
        return self.layer.backward(dy, cache)

    def encode(self, image: Image) -> Array:
        """A picture of values 0–1, (H, W) or (H, W, 3), as a batch x of shape (1, H, W, 1).

        Raises
        ------
        InputError
            If the picture has NaN or infinite values.
        """
        return self.centered(grey(self.checked(image))[..., None])[None]

    def centered(self, values: Image) -> Image:
        """Values 0–1 of shape (…, C) in the representation's own space."""
        return np.asarray(255 * values - np.asarray(self.mean, dtype=values.dtype))

    def checked(self, image: Image) -> Image:
        """The picture, after checking that it is one: finite float values of about 0–1."""
        values = np.asarray(image)
        if values.dtype not in (np.float32, np.float64):
            raise InputError(
                f"a picture must be a float32 or float64 array of values 0-1, got {values.dtype}"
            )
        if not np.isfinite(values).all():
            raise InputError("a picture must have finite values, got NaN or infinite ones")
        if values.size and (values.min() < -1 or values.max() > 2):
            raise InputError(
                f"a picture must have values 0-1, got {values.min():.6g} to {values.max():.6g}"
            )
        return values

    def decode(self, x: Array) -> list[Image]:
        """The pictures of a batch x: values 0–1 where x is within range, (H, W) or (H, W, C)."""
        given = to_numpy(x)
        values = (given + np.asarray(self.mean, dtype=given.dtype)) / 255
        return list(values[..., 0] if values.shape[3] == 1 else values)

    def until(self, name: str) -> Self:
        """The representation that ends with the layer called ``name``."""
        return replace(self, name=f"{self.name}-{name}", layer=self.layer.until(name))

    def layers(self, shape: Shape | None = None) -> LayerTable:
        """Every layer: name, operation, output shape, number of weights, receptive field.

        Output shapes are for inputs of ``shape`` (N, H, W, C).
        """
        shapes = self.layer.shapes(shape) if shape else {}
        seen = fields(self.layer)
        return LayerTable(
            LayerInfo(name, type(layer).__name__, shapes.get(name), weights(layer), seen[name])
            for name, layer in self.layer
        )

    def receptive_field(self, name: str, i: int, j: int, shape: Shape) -> Box:
        """The pixels on which unit (i, j) of a layer depends, for images of shape (N, H, W, C)."""
        return receptive_field(self.layer, shape, name, i, j)

    def picture(self, y: Array) -> Image:
        """A picture of one code, 0–1: of (rows, cols, D) the root mean square over channels.

        The numbers of a code without places are laid out in a square.
        """
        values = np.abs(to_numpy(y)).astype(np.float32)
        if values.ndim == 3:
            values = np.sqrt(np.mean(np.square(values), axis=-1))
        else:
            side = math.isqrt(max(values.size - 1, 0)) + 1
            values = np.resize(np.append(values.ravel(), np.zeros(side)), (side, side))
        return np.asarray(values / max(float(values.max()), 1e-12))

    def __repr__(self) -> str:
        """Name and layers."""
        return f"{type(self).__name__}({self.name!r}, {' '.join(self.layer.layers)})"

    def __iter__(self) -> Iterator[tuple[str, Layer | Join]]:
        return iter(self.layer)


def weights(layer: object) -> int:
    """How many numbers the arrays of a layer, or of the layers inside it, hold."""
    if isinstance(layer, Chain | Graph):
        return sum(weights(part) for _, part in layer)
    return sum(value.size for value in vars(layer).values() if isinstance(value, np.ndarray))
