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
    As a kernel that repeats itself, it makes all calls through `Scratch.run`.
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
        self._highest, self._lowest = scratch.common((2, len(self._strips)), dtype)
        self._totals = scratch.common((len(self._strips),), np.float64)
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
        weights = [weight for _, _, weight in self._terms]
        return np.asarray(weights * self._values.sum(axis=1))

    @property
    def signal(self) -> float:
        """The largest size in the gradient before the terms were added."""
        return float(np.maximum(self._highest.max(), -self._lowest.min()))

    @property
    def total(self) -> float:
        """The sum of the gradient after the terms were added: finite if all of it is."""
        return float(self._totals.sum())

    def _strip(self, number: int, x: Plane, gradient: Plane) -> None:
        strip = self._strips[number]
        own, run = gradient[strip], self._scratch.run
        run(np.multiply, own, self._sigma, out=own)
        run(np.max, own, out=self._highest[number, ...])
        run(np.min, own, out=self._lowest[number, ...])
        for i, (kind, exponent, weight) in enumerate(self._terms):
            add = self._total_variation if kind == "tv" else self._alpha_norm
            add(exponent, weight, strip, x, gradient, self._values[i, number, ...])
        run(np.sum, own, dtype=np.float64, out=self._totals[number, ...])

    def _alpha_norm(
        self, alpha: float, weight: float, strip: slice, x: Plane, gradient: Plane, value: Plane
    ) -> None:
        """R = Σ |x|^α, with gradient α |x|^{α−1} sign x."""
        own, run = x[strip], self._scratch.run
        a, b = self._scratch("alpha norm", (2, *own.shape), self._dtype)
        if alpha == 6:
            run(np.multiply, own, own, out=b)
            run(np.multiply, b, own, out=a)
            run(np.multiply, a, b, out=a)
        else:
            run(np.abs, own, out=a)
            run(np.power, a, alpha - 1, out=a)
            run(np.copysign, a, own, out=a)
        run(np.multiply, a, own, out=b)
        run(np.sum, b, dtype=np.float64, out=value)
        run(np.multiply, a, weight * alpha, out=a)
        run(np.add, gradient[strip], a, out=gradient[strip])

    def _total_variation(
        self, beta: float, weight: float, strip: slice, x: Plane, gradient: Plane, value: Plane
    ) -> None:
        """R = Σ s^{β/2}, s = d₁² + d₂², with gradient β Dᵀ(s^{β/2 − 1} D x)."""
        c, above, run = self._channels, int(strip.start > 0), self._scratch.run
        first, last = strip.start - above, strip.stop
        own = x[first:last]
        d1, d2, s, t = self._scratch("differences", (4, *own.shape), self._dtype)
        run(np.subtract, own[:, c:], own[:, :-c], out=d1[:, :-c])
        run(d1[:, -c:].fill, 0)
        below = min(last + 1, self._height) - first
        run(np.subtract, x[first + 1 : first + below], own[: below - 1], out=d2[: below - 1])
        run(d2[below - 1 :].fill, 0)
        run(np.multiply, d1, d1, out=s)
        run(np.multiply, d2, d2, out=t)
        run(np.add, s, t, out=s)
        if beta == 2:
            run(np.sum, s[above:], dtype=np.float64, out=value)
        else:
            run(np.power, s, beta / 2, out=t)
            run(np.sum, t[above:], dtype=np.float64, out=value)
            run(_one_for_zero, s)  # where d₁ = d₂ = 0, and the power of 0 may be infinite
            run(np.power, s, beta / 2 - 1, out=s)
            run(np.multiply, d1, s, out=d1)
            run(np.multiply, d2, s, out=d2)
        out = s[above:]
        run(np.add, d1[above:], d2[above:], out=out)
        run(np.subtract, out[:, c:], d1[above:, :-c], out=out[:, c:])
        run(np.subtract, out[1 - above :], d2[: len(d2) - 1], out=out[1 - above :])
        run(np.multiply, out, -weight * beta, out=out)
        run(np.add, gradient[strip], out, out=gradient[strip])


def _one_for_zero(s: Plane) -> None:
    s[s == 0] = 1
