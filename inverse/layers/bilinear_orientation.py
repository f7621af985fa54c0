"""Orientation assignment of HOGb: a gradient is shared between its two nearest directions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, Shape, constant, namespace
from inverse.layers.base import Layer, check_rank4, demand_whole
from inverse.layers.bins import both_ways, indicator, project, unit

__all__ = ["BilinearOrientation"]


class _Cache(NamedTuple):
    first: Array
    second: Array
    weight: Array
    turn: Array
    direction: Array


@dataclass(frozen=True, eq=False)
class BilinearOrientation(Layer):
    """Gradient magnitude, shared linearly in angle between the two nearest of 2K directions.

    Parameters
    ----------
    orientations : int
        K, the number of undirected orientations in 180°; there are 2K directions in 360°.

    Notes
    -----
    Forward, for g of shape (N, H, W, 2) to y of shape (N, H, W, 2K). Let u be the direction
    nearest to g, in bin b, and b' the bin of the second nearest:

        θ = arccos(min(⟨g, u⟩/‖g‖, 1)),   w = θ K/π,   y = ‖g‖ ((1 − w) e_b + w e_b')

    Backward. With ĝ = g/‖g‖ and the turn τ = ±1, the side of u on which g lies, θ grows as g
    turns away: ∂θ/∂g = τ (−ĝ₂, ĝ₁)/‖g‖. Writing a = ⟨dy, e_b⟩ and a' = ⟨dy, e_b'⟩,

        dg = ((1 − w) a + w a') ĝ  +  (a' − a) (K/π) τ (−ĝ₂, ĝ₁),   and 0 where g = 0.

    The arccosine's own derivative −1/√(1 − c²), infinite at c = 1, never appears: it cancels.

    Kinks: y is continuous; its slope breaks where g points exactly along a direction (there
    τ = 0 is used) and halfway between two. Ties go to the smaller k, as in `HardOrientation`.
    VLFeat also floors ‖g‖ at 1e-10 in the quotient; gradients so small add nothing to a float32
    code, and the floor is left out.

    Cost of VLFeat's convention: the arccosine of a quotient near 1 is ill-conditioned. In float32
    the shared part of a gradient along a direction is only known to about 1e-3 of its magnitude.

    Source: VLFeat 0.9.21, ``vl/hog.c``; Mahendran & Vedaldi (2015), section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> y = BilinearOrientation(2)(np.array([[[[1.0, 1.0]]]]))
    >>> (y / np.sqrt(2)).round(6).tolist()
    [[[[0.5, 0.5, 0.0, 0.0]]]]
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
        k = self.orientations
        score, signed_bin = project(x, k)
        size = xp.abs(score)
        best = indicator(xp.argmax(size, axis=3), k, x)
        rest = xp.where(best > 0, -xp.ones_like(size), size)
        next_best = indicator(xp.argmax(rest, axis=3), k, x)
        bins = [
            xp.sum(signed_bin * xp.astype(e, signed_bin.dtype), axis=3) for e in (best, next_best)
        ]
        first, second = (indicator(b, 2 * k, x) for b in bins)
        magnitude, direction = unit(x)
        weight, turn = self._share(xp.sum(size * best, axis=3), magnitude, direction, first)
        y = magnitude[..., None] * ((1 - weight) * first + weight * second)
        return y, _Cache(first, second, weight, turn, direction)

    def _share(self, score: Array, m: Array, direction: Array, first: Array) -> tuple[Array, Array]:
        """Weight w of the second bin and the side τ of the first direction on which g lies."""
        xp = namespace(m)
        ux, uy, length = (
            xp.sum(first * constant(row, m), axis=3) for row in both_ways(self.orientations)
        )
        safe = xp.where(m > 0, m * length, xp.ones_like(m))
        cosine = xp.where(m > 0, score / safe, xp.ones_like(m))
        cosine = xp.where(cosine < 1, cosine, xp.ones_like(m))
        weight = xp.acos(cosine) * (self.orientations / math.pi)
        turn = xp.sign(ux * direction[..., 1] - uy * direction[..., 0])
        return weight[..., None], turn[..., None]

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        a = xp.sum(dy * cache.first, axis=3, keepdims=True)
        b = xp.sum(dy * cache.second, axis=3, keepdims=True)
        along = ((1 - cache.weight) * a + cache.weight * b) * cache.direction
        return along + self.turning(dy, cache)

    def turning(self, dy: Array, cache: _Cache) -> Array:
        """The second term of dg: what turning g would change."""
        xp = namespace(dy)
        difference = xp.sum(dy * (cache.second - cache.first), axis=3, keepdims=True)
        across = xp.concat((-cache.direction[..., 1:], cache.direction[..., :1]), axis=3)
        return difference * (self.orientations / math.pi) * cache.turn * across
