"""Spatial pooling of dense SIFT: 4×4 windowed bins for each descriptor of a regular grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand, demand_whole, is_number
from inverse.layers.separable import Matrix, separable, separable_adjoint

__all__ = ["BINS", "DescriptorPooling", "descriptor_weights"]

BINS = 4
"""Bins of a descriptor along each spatial axis."""

Weighting = Literal["gaussian", "flat"]


@dataclass(frozen=True, eq=False)
class DescriptorPooling(Layer):
    """Orientation histograms of 4×4 bins around the points of a regular grid.

    Parameters
    ----------
    bin_size : int
        Side s of a bin in pixels.
    step : int
        Pixels between neighboring descriptors.
    weighting : {"gaussian", "flat"}
        "gaussian": every pixel is weighted by its distance from the descriptor's center.
        "flat": every bin is weighted as a whole, by the mean of that Gaussian over the bin
        (VLFeat's fast mode).
    window_size : float
        Standard deviation of the Gaussian, in bins.

    Notes
    -----
    Forward, from (N, H, W, B) to (N, R, S, 16 B), channel t + B (bₓ + 4 b_y): orientation
    fastest, then bₓ, then b_y. Descriptor i has its first bin's center at pixel step·i and bin b
    at step·i + s·b, along each axis; there are R = ⌊(H − 1 − 3s)/step⌋ + 1 of them.

        y[i, j, (b_y, bₓ, t)] = Σ_hw K(h; i, b_y) K(w; j, bₓ) x[h, w, t]
        K(h; i, b) = (1 − |u|/s)₊ · exp(−½ ((u + δ)/(s·window_size))²)
        u = h − step·i − s·b   (offset from the bin's center),   δ = s (b − 3/2)

    The image is continued by its border pixels: the weight of a pixel outside goes to the
    nearest pixel inside.

    Backward: linear, the transposed weights.

    Source: VLFeat 0.9.21, ``vl/dsift.c`` and ``vl/imopv.c``.

    Examples
    --------
    >>> import numpy as np
    >>> DescriptorPooling(bin_size=3, step=2)(np.ones((1, 10, 14, 8))).shape
    (1, 1, 3, 128)
    """

    bin_size: int = 4
    step: int = 4
    weighting: Weighting = "gaussian"
    window_size: float = 2.0

    def __post_init__(self) -> None:
        demand_whole(self, "bin_size", 1)
        demand_whole(self, "step", 1)
        demand(self.weighting in ("gaussian", "flat"), self, "weighting", "be 'gaussian' or 'flat'")
        positive = is_number(self.window_size) and self.window_size > 0
        demand(positive, self, "window_size", "be positive")

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        extent = (BINS - 1) * self.bin_size + 1
        if h < extent or w < extent:
            raise ShapeError(
                f"DescriptorPooling takes images that hold one descriptor, at least "
                f"{extent}x{extent} pixels for bins of {self.bin_size}, got shape {shape}"
            )
        return (n, self._count(h), self._count(w), BINS * BINS * c)

    def _count(self, size: int) -> int:
        return (size - 1 - (BINS - 1) * self.bin_size) // self.step + 1

    def _weights(self, h: int, w: int) -> tuple[Matrix, Matrix]:
        options = (self.bin_size, self.step, self.weighting, self.window_size)
        return (
            descriptor_weights(h, self._count(h), *options),
            descriptor_weights(w, self._count(w), *options),
        )

    def forward(self, x: Array) -> tuple[Array, Shape]:
        n, rows, cols, channels = self.output_shape(tuple(x.shape))
        xp = namespace(x)
        bins = separable(*self._between(x, tuple(x.shape)))
        bins = xp.reshape(bins, (n, rows, BINS, cols, BINS, x.shape[3]))
        y = xp.permute_dims(bins, (0, 1, 3, 2, 4, 5))
        return xp.reshape(y, (n, rows, cols, channels)), tuple(x.shape)

    def backward(self, dy: Array, cache: Shape) -> Array:
        xp = namespace(dy)
        n, rows, cols, _ = dy.shape
        bins = xp.reshape(dy, (n, rows, cols, BINS, BINS, cache[3]))
        bins = xp.permute_dims(bins, (0, 1, 3, 2, 4, 5))
        bins = xp.reshape(bins, (n, rows * BINS, cols * BINS, cache[3]))
        return separable_adjoint(*self._between(bins, cache))

    def _between(self, x: Array, shape: Shape) -> tuple[Matrix, Array, Matrix]:
        rows, cols = self._weights(shape[1], shape[2])
        return rows, x, cols


@lru_cache(maxsize=64)
def descriptor_weights(
    size: int, count: int, bin_size: int, step: int, weighting: Weighting, window_size: float
) -> Matrix:
    """The matrix K[4 i + b, h] of weights that pixel h has in bin b of descriptor i."""
    u = np.arange(-bin_size + 1, bin_size)
    delta = bin_size * (np.arange(BINS) - (BINS - 1) / 2)[:, None]
    gaussian = np.exp(-0.5 * ((u + delta) / (bin_size * window_size)) ** 2)
    if weighting == "flat":
        gaussian = np.repeat(gaussian.mean(axis=1, keepdims=True), len(u), axis=1)
    kernel = (1 - np.abs(u) / bin_size) * gaussian
    center = step * np.arange(count)[:, None] + bin_size * np.arange(BINS)
    pixel = np.clip(center[..., None] + u, 0, size - 1).reshape(count * BINS, len(u))
    weights = np.zeros((count * BINS, size))
    np.add.at(weights, (np.arange(count * BINS)[:, None], pixel), np.tile(kernel, (count, 1)))
    weights.flags.writeable = False
    return weights
