"""What a representation is: a layer with a name, and the way from pictures to its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from inverse.arrays import Array, Shape, require, to_numpy
from inverse.errors import InputError, ShapeError
from inverse.image import Image, grey
from inverse.layers import Cache, Chain, Layer

__all__ = ["GREY_MEAN", "SIGMA", "LayerInfo", "LayerTable", "Representation"]

GREY_MEAN = 128.0
"""What is subtracted from grey levels 0–255, in place of a network's mean image."""

SIGMA = 27098.11571533203 / math.sqrt(227 * 227 * 3)
"""Root mean square of centered natural images, 68.92 grey levels per value.

The authors measured an average norm of 27098.12 on images of 227×227×3 values (``x0_sigma.mat``
in their code).
"""


class LayerInfo(NamedTuple):
    """One row of `Representation.layers`."""

    name: str
    op: str
    shape: Shape | None


class LayerTable(tuple[LayerInfo, ...]):
    """The layers of a representation; printing it shows a table."""

    def __str__(self) -> str:
        rows = [(r.name, r.op, "x".join(map(str, r.shape[1:])) if r.shape else "any") for r in self]
        rows.insert(0, ("name", "op", "output"))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = ("  ".join(v.ljust(w) for v, w in zip(r, widths, strict=True)) for r in rows)
        return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True, eq=False)
class Representation(Layer):
    """A code Φ of images: a chain of layers, its name, and its own space of inputs.

    Parameters
    ----------
    name : str
        For messages and file names.
    layer : Chain
        Φ itself, on batches x of shape (N, H, W, C).
    mean : float
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
    layer: Chain
    mean: float = GREY_MEAN
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
        return (255 * grey(values) - self.mean)[None, :, :, None]

    def decode(self, x: Array) -> list[Image]:
        """The pictures of a batch x: values 0–1 where x is within range, (H, W) or (H, W, C)."""
        values = (to_numpy(x) + self.mean) / 255
        return list(values[..., 0] if values.shape[3] == 1 else values)

    def until(self, name: str) -> Self:
        """The representation that ends with the layer called ``name``."""
        return replace(self, name=f"{self.name}-{name}", layer=self.layer.until(name))

    def layers(self, shape: Shape | None = None) -> LayerTable:
        """Name, operation and (for inputs of shape (N, H, W, C)) output shape of every layer."""
        shapes = self.layer.shapes(shape) if shape else {}
        return LayerTable(
            LayerInfo(name, type(layer).__name__, shapes.get(name)) for name, layer in self.layer
        )

    def picture(self, y: Array) -> Image:
        """A picture of one code (rows, cols, D): the root mean square over channels, 0–1."""
        values = to_numpy(y)
        size = np.sqrt(np.mean(np.square(values, dtype=np.float32), axis=-1))
        return np.asarray(size / max(float(size.max()), 1e-12))

    def __iter__(self) -> Iterator[tuple[str, Layer]]:
        return iter(self.layer)
