"""What the tests of layers share that copy values from place to place."""

from __future__ import annotations

from collections.abc import Callable

import autograd.numpy as anp
import numpy as np

from tests.support import Array, vjp


def copying_vjp(naive: Callable[[Array], Array], x: Array, dy: Array) -> Array:
    """J(x)ᵀ dy by the autograd package, for a layer whose values are copies of those of x.

    Given the numbers of the places of x, the naive definition says where each value comes from;
    what it fills in is -1, and comes from nowhere.
    """
    sources = naive(np.arange(float(x.size)).reshape(x.shape)).astype(int)
    return vjp(lambda v: anp.where(sources >= 0, anp.reshape(v, (-1,))[sources], 0.0), x, dy)
