"""Callbacks that look without stopping: snapshots and a progress line."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TextIO

import numpy as np

from inverse.arrays import to_numpy
from inverse.layers.base import demand_whole
from inverse.optimize.step import Step

__all__ = ["Progress", "Snapshots"]


class Snapshots:
    """Keep every ``every``-th iterate, in the representation's own space.

    Attributes
    ----------
    images : list of (t, array (N, H, W, C))
        Iteration and σx_t, as NumPy arrays.
    """

    def __init__(self, every: int = 25) -> None:
        self.every = every
        demand_whole(self, "every", 1)
        self.images: list[tuple[int, np.ndarray]] = []

    def state(self) -> list[tuple[int, np.ndarray]]:
        """What has been kept."""
        return list(self.images)

    def restore(self, state: list[tuple[int, np.ndarray]]) -> None:
        """Go on with what was kept."""
        self.images = list(state)

    def __call__(self, step: Step) -> None:
        if step.t % self.every == 0:
            self.images.append((step.t, to_numpy(step.objective.sigma * step.x)))


class Progress:
    """A line on ``file`` with iterations, time left and current error; nothing if no terminal.

    Parameters
    ----------
    steps : int
        Total number of steps.
    show : callable
        The text for the value of the data term; by default the relative error ‖Φ − Φ₀‖/‖Φ₀‖, its
        square root.
    """

    def __init__(
        self,
        steps: int,
        show: Callable[[float], str] = lambda data: f"relative error {100 * math.sqrt(data):.2f} %",
        file: TextIO | None = None,
    ) -> None:
        from tqdm import tqdm  # only when used: it takes a while to import

        self._show = show
        self._bar = tqdm(total=steps, file=file or sys.stderr, disable=None, unit="step")
        self._begun = False

    def __call__(self, step: Step) -> None:
        if not self._begun:  # of a run that goes on, the steps taken before tell nothing of speed
            self._bar.initial = self._bar.n = step.t
            self._begun = True
        data = float(step.evaluation.parts["data"].min())
        self._bar.set_postfix_str(self._show(data), refresh=False)
        self._bar.update(step.t - self._bar.n)

    def close(self) -> None:
        """End the line."""
        self._bar.close()
