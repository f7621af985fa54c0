"""The regularizers of the paper, strip by strip."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips

__all__ = ["Prior", "Weighted"]

NUMBERS = 2**15
"""Numbers of a strip: 128 kB in float32, of which a handful of arrays fit in a core's cache."""

Weighted = tuple[str, float, float]
"""A regularizer: "tv" or "alpha", its exponent β or α, and its weight λ."""


class Prior:
    """Equals the weighted sum of `TotalVariation` and `AlphaNorm` terms, added to a gradient.

    Notes
    -----
    Each strip of rows goes through all terms while it is in cache: a row more above and below is
    all that the differences need. Rows are taken as vectors of W·C numbers, in which the neighbor
    to the right is C further on. The values of the strips are summed in their order, in float64.
    """

    def __init__(
        self,
        terms: Sequence[Weighted],
        sigma: float,
        shape: Shape,
        dtype: np.dtype[Any],
        scratch: Scratch,
    ) -> None:
        self._sigma = sigma
        self._terms, self._dtype, self._scratch = terms, dtype, scratch
        self._height, width, self._channels = shape
        self._strips = strips((self._height, width * self._channels), NUMBERS)
        self._signals = scratch.common((len(self._strips),), np.float64)
        self._values = scratch.common((len(terms), len(self._strips)), np.float64)

    def tasks(self, x: Plane, gradient: Plane) -> list[Any]:
        """Parts of the work for one image x (H, W, C) and a ``gradient`` with respect to σx.

        They multiply it by σ and add the gradients of the terms.
        """
        rows = x.reshape(self._height, -1)
        into = gradient.reshape(rows.shape)
        return [partial(self._strip, i, rows, into) for i in range(len(self._strips))]

    @property
    def values(self) -> Plane:
        """The weighted terms, when all parts are done."""
        return np.asarray(self._values.sum(axis=1))

    @property
    def signal(self) -> float:
        """The largest size in the gradient before the terms were added."""
        return float(self._signals.max())

    def _strip(self, number: int, x: Plane, gradient: Plane) -> None:
        strip = self._strips[number]
        own = gradient[strip]
        np.multiply(own, self._sigma, out=own)
        self._signals[number] = np.maximum(own.max(), -own.min())
        for i, (kind, exponent, weight) in enumerate(self._terms):
            add = self._total_variation if kind == "tv" else self._alpha_norm
            self._values[i, number] = weight * add(exponent, weight, strip, x, gradient)

    def _alpha_norm(
        self, alpha: float, weight: float, strip: slice, x: Plane, gradient: Plane
    ) -> float:
        """R = Σ |x|^α, with gradient α |x|^{α−1} sign x."""
        own = x[strip]
        a, b = self._scratch("alpha norm", (2, *own.shape), self._dtype)
        if alpha == 6:
            np.multiply(own, own, out=b)
            np.multiply(b, own, out=a)
            np.multiply(a, b, out=a)
        else:
            np.power(np.abs(own, out=a), alpha - 1, out=a)
            np.copysign(a, own, out=a)
        value = np.multiply(a, own, out=b).sum(dtype=np.float64)
        np.multiply(a, weight * alpha, out=a)
        gradient[strip] += a
        return float(value)

    def _total_variation(
        self, beta: float, weight: float, strip: slice, x: Plane, gradient: Plane
    ) -> float:
        """R = Σ s^{β/2}, s = d₁² + d₂², with gradient β Dᵀ(s^{β/2 − 1} D x)."""
        c, above = self._channels, int(strip.start > 0)
        first, last = strip.start - above, strip.stop
        own = x[first:last]
        d1, d2, s, t = self._scratch("differences", (4, *own.shape), self._dtype)
        np.subtract(own[:, c:], own[:, :-c], out=d1[:, :-c])
        d1[:, -c:] = 0
        below = min(last + 1, self._height) - first
        np.subtract(x[first + 1 : first + below], own[: below - 1], out=d2[: below - 1])
        d2[below - 1 :] = 0
        np.multiply(d1, d1, out=s)
        np.multiply(d2, d2, out=t)
        np.add(s, t, out=s)
        if beta == 2:
            value = s[above:].sum(dtype=np.float64)
        else:
            value = np.power(s, beta / 2, out=t)[above:].sum(dtype=np.float64)
            s[s == 0] = 1  # where d₁ = d₂ = 0, and the power of 0 may be infinite
            k = np.power(s, beta / 2 - 1, out=s)
            np.multiply(d1, k, out=d1)
            np.multiply(d2, k, out=d2)
        out = np.add(d1[above:], d2[above:], out=s[above:])
        np.subtract(out[:, c:], d1[above:, :-c], out=out[:, c:])
        np.subtract(out[1 - above :], d2[: len(d2) - 1], out=out[1 - above :])
        np.multiply(out, -weight * beta, out=out)
        gradient[strip] += out
        return float(value)
