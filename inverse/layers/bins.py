"""Orientation bins: indicator arrays, and a magnitude shared between two bins."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from inverse.arrays import Array, constant, namespace

__all__ = ["both_ways", "directions", "indicator", "project", "unit"]


@lru_cache(maxsize=16)
def directions(orientations: int) -> np.ndarray[Any, Any]:
    """Unit vectors u_k = (cos kπ/K, sin kπ/K), k < K: shape (2, K), rounded to float32.

    VLFeat keeps these tables in float32. The rounding decides ties: cos and sin of mirrored
    angles become exactly equal, so that a vertical gradient scores the same on both sides of 90°.
    """
    angle = np.arange(orientations) * (np.pi / orientations)
    table: np.ndarray[Any, Any] = np.stack((np.cos(angle), np.sin(angle))).astype(np.float32)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def both_ways(orientations: int) -> np.ndarray[Any, Any]:
    """The 2K directions, of which the last K are the opposite ones, and their lengths: (3, 2K).

    The table's rounding to float32 leaves lengths of 1 ± 3e-8, to which the arccosine of a float64
    quotient near 1 is sensitive; in float32 the lengths are 1.
    """
    u = directions(orientations).astype(np.float64)
    both = np.hstack((u, -u))
    table: np.ndarray[Any, Any] = np.vstack((both, np.linalg.norm(both, axis=0)))
    table.flags.writeable = False
    return table


def indicator(index: Array, bins: int, like: Array) -> Array:
    """e[..., b] = 1 where b == index[...], else 0, in the dtype of ``like``."""
    xp = namespace(like)
    b = xp.arange(bins, dtype=index.dtype, device=index.device)
    return xp.astype(index[..., None] == b, like.dtype)


def project(g: Array, orientations: int) -> tuple[Array, Array]:
    """Scores s_k = ⟨g, u_k⟩ and the bin each has: k, or k + K where s_k < 0 (the opposite way)."""
    xp = namespace(g)
    u = constant(directions(orientations), g)
    score = g[..., :1] * u[0, :] + g[..., 1:] * u[1, :]
    k = xp.arange(orientations, dtype=xp.int64, device=g.device)
    return score, k + orientations * xp.astype(score < 0, xp.int64)


def unit(g: Array) -> tuple[Array, Array]:
    """Magnitude m = ‖g‖ and direction g/m, with direction 0 where m = 0."""
    xp = namespace(g)
    m = xp.sqrt(g[..., 0] * g[..., 0] + g[..., 1] * g[..., 1])
    safe = xp.where(m > 0, m, xp.ones_like(m))
    return m, g / safe[..., None]
