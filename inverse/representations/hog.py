"""HOG, the histogram of oriented gradients, with hard or bilinear orientations (HOGb)."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, to_numpy
from inverse.errors import ShapeError
from inverse.image import Image
from inverse.layers import (
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    HardOrientation,
    ImageGradient,
    Layer,
)
from inverse.representations.base import Representation
from inverse.representations.glyphs import draw_glyphs, glyph_size

__all__ = ["Hog", "hog"]


@dataclass(frozen=True, eq=False, repr=False)
class Hog(Representation):
    """A `Representation` by HOG; `hog` makes it.

    Parameters
    ----------
    orientations : int
        K of the histograms: where the undirected channels begin and end.
    """

    orientations: int = 9

    def glyphs(self, y: Array, size: int = 20) -> Image:
        """The HOG picture of one code (rows, cols, D) or (1, rows, cols, D), values 0–1.

        Each cell shows its K undirected orientations (channels 2K to 3K) as strokes along the
        edges, that is at right angles to the gradients.
        """
        values = to_numpy(y)
        if values.ndim == 4 and values.shape[0] == 1:
            values = values[0]
        k = self.orientations
        if values.ndim != 3 or values.shape[2] not in (3 * k, 3 * k + 4):
            raise ShapeError(
                f"glyphs takes one code (rows, cols, {3 * k} or {3 * k + 4}), got {values.shape}"
            )
        return draw_glyphs(values[..., 2 * k : 3 * k], size)

    def picture(self, y: Array) -> Image:
        """The glyphs of a whole HOG code; of a truncated chain, the mean over its channels."""
        complete = "sum" in self.layer.layers
        return self.glyphs(y, glyph_size(y.shape[-3:-1])) if complete else super().picture(y)


def hog(
    cell_size: int = 8, orientations: int = 9, bilinear: bool = False, texture: bool = True
) -> Hog:
    """HOG (UoCTTI), equal to VLFeat's ``vl_hog``; with ``bilinear=True`` the paper's HOGb.

    Parameters
    ----------
    cell_size : int
        Side of a cell in pixels.
    orientations : int
        K undirected orientations in 180°, 2K directions in 360°.
    bilinear : bool
        Share each gradient between the two nearest directions instead of giving it to one.
    texture : bool
        Append the four texture channels.

    Returns
    -------
    Hog
        ``phi(x)`` takes x of shape (N, H, W, C), float32 or float64 grey levels (0–255, or
        centered), and gives (N, rows, cols, 3K + 4): 2K directed channels, K undirected ones,
        4 of texture, in VLFeat's order. rows = ⌊(H + ⌊s/2⌋)/s⌋.

    Raises
    ------
    ParameterError
        If a parameter is out of range; ShapeError when an image is smaller than half a cell.

    Notes
    -----
    The stages: `ImageGradient`, `HardOrientation` or `BilinearOrientation`, `CellPooling`,
    `BlockNormalization`, `Clamp`, `BlockSum`. Each docstring has its formula and says what
    VLFeat's convention costs. Equal to VLFeat 0.9.21 within 1.2e-6 on its own float32 input.

    Examples
    --------
    >>> import inverse
    >>> phi = inverse.hog(cell_size=8, bilinear=True)
    >>> x = phi.encode(inverse.photos.photo("hat"))
    >>> x.shape, phi(x).shape
    ((1, 256, 256, 1), (1, 32, 32, 31))
    >>> phi.glyphs(phi(x)).shape
    (640, 640)
    """
    orientation: Layer = (
        BilinearOrientation(orientations) if bilinear else HardOrientation(orientations)
    )
    chain = Chain(
        {
            "gradient": ImageGradient(),
            "orientation": orientation,
            "cells": CellPooling(cell_size),
            "normalization": BlockNormalization(),
            "clamp": Clamp(),
            "sum": BlockSum(texture),
        }
    )
    return Hog("hogb" if bilinear else "hog", chain, orientations=orientations)
