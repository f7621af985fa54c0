"""Orientation assignment of HOG: all of a gradient goes to its nearest direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.layers.base import Cache, Layer, check_rank4, demand, demand_whole, is_number
from inverse.layers.bilinear_orientation import BilinearOrientation
from inverse.layers.bins import indicator, project, unit

__all__ = ["HardOrientation"]


class _Cache(NamedTuple):
    chosen: Array
    direction: Array
    bilinear: Cache


@dataclass(frozen=True, eq=False)
class HardOrientation(Layer):
    """Gradient magnitude, placed in the bin of the nearest of 2K directions.

    Parameters
    ----------
    orientations : int
        K, the number of undirected orientations in 180°; there are 2K directions in 360°.
    straight_through : float
        γ ≥ 0, the weight of a surrogate in the backward pass, which then is **not** the
        derivative; see Notes. 0 for the derivative alone.

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

    The surrogate. An edge in the wrong bin would have to turn, but all that descent along dg can do
    is make it fade, and let another grow: whatever turning changes happens in the jumps. With
    γ > 0, y is the same, and backward adds

        γ (a' − a) (K/π) τ (−ĝ₂, ĝ₁),       a = ⟨dy, e_b⟩,   a' = ⟨dy, e_b'⟩,

    the second term of `BilinearOrientation`, whose assignment says the same of a gradient, spread
    over an angle: b' is the second nearest direction, ĝ = g/‖g‖, and τ = ±1 the side on which g
    lies. It is the derivative of no function of this package, and `inverse.testing.check_layer`
    refuses it; it points where the energy falls once the angle has passed the jump.

    Source: VLFeat 0.9.21, ``vl/hog.c``; Mahendran & Vedaldi (2015), section 4.1. Passing a
    derivative straight through a step: Bengio, Léonard & Courville (2013), arXiv 1308.3432.

    Examples
    --------
    >>> import numpy as np
    >>> HardOrientation(2)(np.array([[[[3.0, 0.0], [0.0, -4.0]]]]))[0, 0].tolist()
    [[3.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]]
    """

    orientations: int = 9
    straight_through: float = 0.0

    def __post_init__(self) -> None:
        demand_whole(self, "orientations", 2)
        good = is_number(self.straight_through) and self.straight_through >= 0
        demand(good, self, "straight_through", "be at least 0 and finite")

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
        bilinear = self._bilinear.forward(x)[1] if self.straight_through else None
        return magnitude[..., None] * chosen, _Cache(chosen, direction, bilinear)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        dx = xp.sum(dy * cache.chosen, axis=3, keepdims=True) * cache.direction
        if self.straight_through:
            dx = dx + float(self.straight_through) * self._bilinear.turning(dy, cache.bilinear)
        return dx

    @property
    def _bilinear(self) -> BilinearOrientation:
        return BilinearOrientation(self.orientations)
