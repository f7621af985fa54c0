"""Which layer of a chain or graph loses the signal: for the sentences that stop a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.layers.chain import Chain
from inverse.layers.graph import Graph
from inverse.layers.signals import Signal, signals

__all__ = ["blocking", "breaking", "first_not_finite", "first_without_gradient"]


def breaking(rows: Sequence[Signal]) -> Signal | None:
    """The first layer that turns finite values into NaN or infinity: forward, else backward."""
    forward = (row for row in rows if row.y_not_finite)
    backward = (row for row in reversed(rows) if row.dx_not_finite)
    return next(forward, None) or next(backward, None)


def blocking(rows: Sequence[Signal]) -> Signal | None:
    """The layer that turns the last nonzero gradient, going back, into zero."""
    found = None
    for row in reversed(rows):
        found = (found or row) if row.silent == 1 else None
    return found


def first_not_finite(layer: object, x: Array, dy: Array) -> str | None:
    """Name and class of the layer that is `breaking`, from x forward and from dy back.

    None if no layer is (the fault then lies outside) or if ``layer`` is no chain or graph.
    """
    if not isinstance(layer, Chain | Graph) or not np.isfinite(to_numpy(x)).all():
        return None
    rows, _ = signals(layer, x, dy)
    found = breaking(rows)
    # of a dy that is not finite itself no layer is to blame
    outside = found and not found.y_not_finite and not np.isfinite(to_numpy(dy)).all()
    return found.title if found and not outside else None


def first_without_gradient(layer: object, x: Array, dy: Array) -> str | None:
    """Name and class of the layer that is `blocking`; None if none is, or of no chain or graph."""
    if not isinstance(layer, Chain | Graph) or not np.any(to_numpy(dy)):
        return None
    found = blocking(signals(layer, x, dy)[0])
    return found.title if found else None
