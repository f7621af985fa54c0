"""The loop: evaluate, let the callbacks look, step, until the end or until one stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Array, namespace
from inverse.errors import ParameterError
from inverse.objective import Evaluation, Objective
from inverse.optimize.base import Optimizer

__all__ = ["Callback", "Interrupted", "Minimum", "Step", "Stop", "minimize"]


class Step(NamedTuple):
    """What a callback sees: iteration t, the iterate x_t, its evaluation, and the objective."""

    t: int
    x: Array
    evaluation: Evaluation
    objective: Objective


class Stop(NamedTuple):
    """A callback's wish to stop ``images`` of the batch (all of them if None)."""

    reason: str
    images: Sequence[int] | None = None
    fault: bool = True


Callback = Callable[[Step], Stop | None]


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the loop ended.

    Attributes
    ----------
    x : array (N, …)
        The last iterate; of an image that was stopped by a fault, its best.
    energy : array (N,)
        At x.
    history : dict of str to array (iterations + 1, N)
        "energy" and every weighted part, at x₀, x₁, ….
    stop : tuple of str
        For each image, one sentence.
    steps : int
        Steps taken.
    """

    x: Array
    energy: np.ndarray
    history: dict[str, np.ndarray]
    stop: tuple[str, ...]
    steps: int


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run; ``result`` holds all that had been computed."""

    def __init__(self, result: Any) -> None:
        super().__init__("interrupted")
        self.result = result


class _Frozen(NamedTuple):
    """An image that a callback has stopped: why, and what is kept of it."""

    reason: str
    x: Array
    energy: float


class _Watch:
    """The best iterate of each image so far, the images that have been stopped, the records."""

    def __init__(self, x: Array) -> None:
        self.x = self.best_x = x
        self.best_energy = np.full(x.shape[0], np.inf)
        self.frozen: dict[int, _Frozen] = {}
        self.records: list[dict[str, np.ndarray]] = []

    def record(self, x: Array, evaluation: Evaluation) -> None:
        """Note the evaluation of x and where it is an improvement."""
        self.x = x
        self.records.append({"energy": evaluation.energy, **evaluation.parts})
        better = evaluation.energy < self.best_energy
        if better.all():
            self.best_x = x  # every step makes a new array, so x can be kept as it is
        elif better.any():
            self.best_x = namespace(x).asarray(self.best_x, copy=True)
            for i in np.flatnonzero(better):
                self.best_x[i, ...] = x[i, ...]
        self.best_energy = np.where(better, evaluation.energy, self.best_energy)

    def ask(self, step: Step, callbacks: Sequence[Callback]) -> None:
        """Let every callback look, and freeze the images it stops."""
        for callback in callbacks:
            stop = callback(step)
            if stop is None:
                continue
            images = range(step.x.shape[0]) if stop.images is None else stop.images
            for i in (int(i) for i in images if int(i) not in self.frozen):
                x, energy = (
                    (self.best_x, self.best_energy)
                    if stop.fault
                    else (step.x, step.evaluation.energy)
                )
                self.frozen[i] = _Frozen(stop.reason, x[i, ...], float(energy[i]))

    def put_back_frozen(self, x: Array) -> Array:
        """``x``, a new array, with the frozen images put back."""
        for i, frozen in self.frozen.items():
            x[i, ...] = frozen.x
        return x

    def minimum(self, ending: str) -> Minimum:
        """The result so far."""
        x = self.put_back_frozen(namespace(self.x).asarray(self.x, copy=True))
        count, records = x.shape[0], self.records
        energy = records[-1]["energy"].copy() if records else np.full(count, np.nan)
        for i, frozen in self.frozen.items():
            energy[i] = frozen.energy
        history = {k: np.stack([r[k] for r in records]) for k in records[0]} if records else {}
        reasons = tuple(self.frozen[i].reason if i in self.frozen else ending for i in range(count))
        return Minimum(x, energy, history, reasons, max(len(records) - 1, 0))


def minimize(
    objective: Objective,
    x: Array,
    optimizer: Optimizer,
    steps: int,
    callbacks: Sequence[Callback] = (),
) -> Minimum:
    """Minimize the energy of every image of a batch, each independently of the others.

    Parameters
    ----------
    objective : Objective
        Called once an iteration.
    x : array (N, …)
        Where to start; not written to.
    optimizer : Optimizer
        Its state lives in this function alone.
    steps : int
        Number of steps; x₀ and the last iterate are evaluated too, steps + 1 evaluations in all.
    callbacks : sequence of functions of a `Step`
        Called after every evaluation; one that returns a `Stop` stops all images, or those it
        names, which then keep their best iterate while the others go on.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the `Minimum` reached.
    """
    if steps < 1:
        raise ParameterError(f"steps must be at least 1, got {steps}")
    watch, state = _Watch(x), optimizer.init(x)
    try:
        # overflow is looked for by the watchers, in every iterate and without NumPy's warnings
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for t in range(steps + 1):
                evaluation = objective(x)
                watch.record(x, evaluation)
                watch.ask(Step(t, x, evaluation, objective), callbacks)
                if t == steps or len(watch.frozen) == x.shape[0]:
                    break
                x, state = optimizer.step(x, evaluation.gradient, state)
                x = watch.put_back_frozen(x)
    except KeyboardInterrupt:
        taken = max(len(watch.records) - 1, 0)
        raise Interrupted(watch.minimum(f"interrupted after {taken} steps")) from None
    return watch.minimum(f"completed {len(watch.records) - 1} steps")
