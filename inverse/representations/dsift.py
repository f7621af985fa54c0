"""Dense SIFT: descriptors of 4×4 orientation histograms on a regular grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.image import Image
from inverse.layers import (
    ArctanOrientation,
    Chain,
    Clamp,
    DescriptorPooling,
    ImageGradient,
    L2Normalization,
)
from inverse.layers.descriptor_pooling import BINS, Weighting
from inverse.representations.base import Representation
from inverse.representations.glyphs import draw_glyphs, glyph_size

__all__ = ["DenseSift", "dsift"]

DIRECTIONS = 8


@dataclass(frozen=True, eq=False, repr=False)
class DenseSift(Representation):
    """A `Representation` by dense SIFT; `dsift` makes it."""

    @property
    def pooling(self) -> DescriptorPooling:
        """The layer that holds the geometry of the grid."""
        return cast(DescriptorPooling, self.layer.layers["pooling"])

    def centers(self, height: int, width: int) -> np.ndarray[Any, Any]:
        """Centers (x, y) in pixels of the descriptors of an image, row by row: (rows·cols, 2)."""
        rows, cols = self.layer.until("pooling").output_shape((1, height, width, 1))[1:3]
        middle = self.pooling.bin_size * (BINS - 1) / 2
        y, x = np.mgrid[:rows, :cols] * self.pooling.step + middle
        return np.stack((x.ravel(), y.ravel()), axis=1)

    def picture(self, y: Array) -> Image:
        """The descriptors' bins as stars of strokes, in the place of the bins in the image.

        Bins of several descriptors on one place are averaged; opposite directions are summed.
        """
        code = to_numpy(y)
        if code.shape[-1] != BINS * BINS * DIRECTIONS:
            return super().picture(y)
        rows, cols = code.shape[-3:-1]
        bins = code.reshape(rows, cols, BINS, BINS, 2, DIRECTIONS // 2).sum(axis=4)
        step, size = self.pooling.step, self.pooling.bin_size
        # places on the lattice of the largest common divisor of the step and the bin size
        unit = int(np.gcd(step, size))
        down, across = ((step * (n - 1) + size * (BINS - 1)) // unit + 1 for n in (rows, cols))
        total = np.zeros((down, across, DIRECTIONS // 2), dtype=np.float32)
        count = np.zeros((down, across, 1), dtype=np.float32)
        for i in range(BINS):
            for j in range(BINS):
                place = (
                    slice(i * size // unit, None, step // unit),
                    slice(j * size // unit, None, step // unit),
                )
                total[place][:rows, :cols] += bins[:, :, i, j]
                count[place][:rows, :cols] += 1
        lattice = total / np.maximum(count, 1)
        used_rows, used_cols = count.any(axis=(1, 2)), count.any(axis=(0, 2))
        shown = lattice[used_rows][:, used_cols]
        return draw_glyphs(shown, glyph_size(shown.shape[:2]))


def dsift(
    bin_size: int = 4, step: int = 4, window: Weighting = "gaussian", window_size: float = 2.0
) -> DenseSift:
    """Dense SIFT, equal to VLFeat's ``vl_dsift``.

    Parameters
    ----------
    bin_size : int
        Side of one of the 4×4 bins in pixels.
    step : int
        Pixels between neighboring descriptors.
    window : {"gaussian", "flat"}
        Weight pixels by a Gaussian around the descriptor's center, or bins as a whole.
    window_size : float
        Standard deviation of the Gaussian, in bins.

    Returns
    -------
    DenseSift
        ``phi(x)`` takes x of shape (N, H, W, C), float32 or float64 grey levels (0–255, or
        centered), and gives (N, rows, cols, 128) in VLFeat's order: orientation fastest, then
        bin in x, then bin in y. ``phi.centers(H, W)`` has the descriptors' places.

    Raises
    ------
    ParameterError
        If a parameter is out of range; ShapeError when an image does not hold one descriptor.

    Notes
    -----
    The stages: `ImageGradient` (½, one-sided at the border), `ArctanOrientation`,
    `DescriptorPooling`, `L2Normalization`, `Clamp` at 0.2, `L2Normalization`. VLFeat takes its
    square roots by two Newton steps; exact ones differ by 5e-6 of a value. The descriptors are
    float and 0–1: VLFeat's MATLAB face multiplies by 512 and rounds. Equal to VLFeat 0.9.21
    within 2.6e-6.

    Examples
    --------
    >>> import inverse
    >>> phi = inverse.dsift(bin_size=5, step=15)
    >>> phi(phi.encode(inverse.photos.photo("hat"))).shape
    (1, 17, 17, 128)
    >>> print(phi.layers((1, 256, 256, 1)))
    name             op                 output
    gradient         ImageGradient      256x256x2
    orientation      ArctanOrientation  256x256x8
    pooling          DescriptorPooling  17x17x128
    normalization    L2Normalization    17x17x128
    clamp            Clamp              17x17x128
    renormalization  L2Normalization    17x17x128
    """
    chain = Chain(
        {
            "gradient": ImageGradient(scale=0.5, border="one-sided"),
            "orientation": ArctanOrientation(DIRECTIONS),
            "pooling": DescriptorPooling(bin_size, step, window, window_size),
            "normalization": L2Normalization(),
            "clamp": Clamp(),
            "renormalization": L2Normalization(),
        }
    )
    return DenseSift("dsift", chain)
