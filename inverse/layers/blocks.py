"""Blocks of b×b pixels as channels, and back: two layers that are each other's opposite."""

from __future__ import annotations

from inverse.arrays import Array, Shape, namespace

__all__ = ["from_blocks", "to_blocks"]

ORDERS = {"DCR": (0, 1, 3, 2, 4, 5), "CRD": (0, 1, 3, 5, 2, 4)}
"""From the axes (N, H, i, W, j, c) of blocks to those of channels, (i, j, c) or (c, i, j)."""


def to_blocks(x: Array, b: int, order: str, shape: Shape) -> Array:
    """From (N, b H, b W, c) to ``shape``, which is (N, H, W, b² c)."""
    xp = namespace(x)
    n, h, w, _ = shape
    parts = xp.reshape(x, (n, h, b, w, b, x.shape[3]))
    return xp.reshape(xp.permute_dims(parts, ORDERS[order]), shape)


def from_blocks(x: Array, b: int, order: str, shape: Shape) -> Array:
    """From (N, H, W, b² c) to ``shape``, which is (N, b H, b W, c)."""
    xp = namespace(x)
    inner = (b, b, shape[3]) if order == "DCR" else (shape[3], b, b)
    parts = xp.reshape(x, (*x.shape[:3], *inner))
    back = tuple(ORDERS[order].index(axis) for axis in range(6))
    return xp.reshape(xp.permute_dims(parts, back), shape)
