"""Watchers: callbacks that stop an image whose run can no longer get anywhere, and say why."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.layers.base import demand
from inverse.optimize.step import Callback, Step, Stop

__all__ = ["Divergence", "NotFinite", "ZeroGradient", "default_watchers"]


class NotFinite:
    """Stop where the energy or its gradient is NaN or infinite, naming the layer that began it."""

    def __call__(self, step: Step) -> Stop | None:
        # a sum is finite only if every value is (infinities of both signs make NaN)
        bad = np.flatnonzero(~np.isfinite(step.evaluation.total + step.evaluation.energy))
        if not len(bad):
            return None
        where = step.objective.explain_not_finite(_only(step.x, bad[0]))
        return Stop(f"stopped at step {step.t}: values are not finite, {where}", bad.tolist())


class ZeroGradient:
    """Stop where no gradient of the data term comes back, naming the layer that blocks it.

    Where the code equals its target there is none either, and nothing left to do: no fault.
    """

    def __call__(self, step: Step) -> Stop | None:
        dead = np.flatnonzero(step.evaluation.signal == 0)
        if not len(dead):
            return None
        found = dead[step.evaluation.parts["data"][dead] == 0]
        if len(found):
            return Stop(
                f"stopped at step {step.t}: the code equals its target", found.tolist(), False
            )
        where = step.objective.explain_no_signal(_only(step.x, dead[0]))
        return Stop(f"stopped at step {step.t}: the gradient is zero, {where}", dead.tolist())


class Divergence:
    """Stop where the energy has grown beyond ``factor`` times that of the start.

    Parameters
    ----------
    factor : float
        Greater than 1. The energy of a run that converges may rise several times at first.
    """

    def __init__(self, factor: float = 1000.0) -> None:
        self.factor = factor
        demand(factor > 1, self, "factor", "be greater than 1")
        self._start: np.ndarray | None = None

    def state(self) -> np.ndarray | None:
        """The energies of the start."""
        return self._start

    def restore(self, state: np.ndarray | None) -> None:
        """Go on with the energies of the start."""
        self._start = state

    def __call__(self, step: Step) -> Stop | None:
        if step.t == 0 or self._start is None:
            self._start = np.abs(step.evaluation.energy)  # that of an inner product is negative
            return None
        ratio = step.evaluation.energy / self._start
        bad = np.flatnonzero(ratio > self.factor)
        if not len(bad):
            return None
        i = int(bad[0])
        largest = max(step.evaluation.parts, key=lambda k: float(step.evaluation.parts[k][i]))
        return Stop(
            f"stopped at step {step.t}: the energy diverges, {ratio[i]:.3g} times its start and "
            f"mostly in '{largest}'; a smaller learning rate or weight is needed",
            bad.tolist(),
        )


def default_watchers() -> list[Callback]:
    """The watchers that `inverse.invert` uses."""
    return [NotFinite(), ZeroGradient(), Divergence()]


def _only(x: Array, i: int) -> Array:
    return x[int(i) : int(i) + 1, ...]
