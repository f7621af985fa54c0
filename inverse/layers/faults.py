"""Which layer of a chain loses the signal: for the sentences that stop a run."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.layers.base import Layer
from inverse.layers.chain import Chain

__all__ = ["first_not_finite", "first_without_gradient"]


def first_not_finite(layer: object, x: Array, dy: Array | None = None) -> str | None:
    """Name of the first layer that turns finite values into NaN or infinity.

    Forward from x first; then, if ``dy`` is given, backward from dy. None if no layer does (the
    fault then lies outside) or if ``layer`` is no chain.
    """
    if not isinstance(layer, Chain) or not _finite(x):
        return None
    steps: list[tuple[str, Layer, object]] = []
    for name, part in layer:
        x, cache = part.forward(x)
        if not _finite(x):
            return _title(name, part)
        steps.append((name, part, cache))
    if dy is None or not _finite(dy):
        return None
    for name, part, cache in reversed(steps):
        dy = part.backward(dy, cache)
        if not _finite(dy):
            return _title(name, part)
    return None


def first_without_gradient(layer: object, x: Array, dy: Array) -> str | None:
    """Name of the first layer, going back, that turns a nonzero dy into zero."""
    if not isinstance(layer, Chain) or not np.any(to_numpy(dy)):
        return None
    _, caches = layer.forward(x)
    for (name, part), cache in zip(reversed(list(layer)), reversed(caches), strict=True):
        dy = part.backward(dy, cache)
        if not np.any(to_numpy(dy)):
            return _title(name, part)
    return None


def _finite(x: Array) -> bool:
    return bool(np.isfinite(to_numpy(x)).all())


def _title(name: str, layer: Layer) -> str:
    return f"'{name}' ({type(layer).__name__})"
