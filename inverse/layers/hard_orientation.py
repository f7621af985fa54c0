"""Orientation assignment of HOG: all of a gradient goes to its nearest direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Layer, check_rank4, demand_whole
from inverse.layers.bins import indicator, project, unit

__all__ = ["HardOrientation"]


class _Cache(NamedTuple):
    chosen: Array
    direction: Array


@dataclass(frozen=True, eq=False)
class HardOrientation(Layer):
    """Gradient magnitude, placed in the bin of the nearest of 2K directions.

    Parameters
    ----------
    orientations : int
        K, the number of undirected orientations in 180°; there are 2K directions in 360°.

    Notes
    -----
    Forward, for g of shape (N, H, W, 2) to y of shape (N, H, W, 2K), with u_k at the angle kπ/K
    from the horizontal axis, clockwise (rows point down):

        k* = argmax_k |⟨g, u_k⟩|,   b = k* if ⟨g, u_k*⟩ ≥ 0 else k* + K,   y = ‖g‖ e_b

    Backward: the bin is constant almost everywhere, so only the magnitude varies:

        dg = ⟨dy, e_b⟩ g/‖g‖,   and 0 where g = 0.

    Kinks: y jumps where g lies halfway between two directions; the derivative knows nothing of
    the angle. A gradient exactly between two directions takes the smaller k (VLFeat's rule, with
    its float32 direction tables): for K = 9 these are the exactly vertical gradients, 2 to 15 % of
    the pixels of an 8-bit photo, and another rule changes features by up to 0.4.

    Source: VLFeat 0.9.21, ``vl/hog.c``; Mahendran & Vedaldi (2015), section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> HardOrientation(2)(np.array([[[[3.0, 0.0], [0.0, -4.0]]]]))[0, 0].tolist()
    [[3.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]]
    """

    orientations: int = 9

    def __post_init__(self) -> None:
        demand_whole(self, "orientations", 2)

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, _ = check_rank4(self, shape, channels=2)
        return (n, h, w, 2 * self.orientations)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        score, signed_bin = project(x, self.orientations)
        nearest = indicator(xp.argmax(xp.abs(score), axis=3), self.orientations, x)
        bin_ = xp.sum(signed_bin * xp.astype(nearest, signed_bin.dtype), axis=3)
        chosen = indicator(bin_, 2 * self.orientations, x)
        magnitude, direction = unit(x)
        return magnitude[..., None] * chosen, _Cache(chosen, direction)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        return xp.sum(dy * cache.chosen, axis=3, keepdims=True) * cache.direction
