"""The loop: evaluate, let the callbacks look, step, until the end or until one stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple, Protocol

import numpy as np

from inverse.arrays import Array, namespace
from inverse.errors import ParameterError
from inverse.objective import Evaluation
from inverse.optimize.base import Optimizer

__all__ = ["Callback", "Interrupted", "Minimum", "Step", "Stop", "minimize"]


class Energy(Protocol):
    """What is minimized: an `Objective`, or a `CompiledObjective`."""

    @property
    def sigma(self) -> float:
        """σ: σx is in the representation's own space."""
        ...

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x."""
        ...

    def explain_not_finite(self, x: Array) -> str:
        """One clause on where values stopped being finite."""
        ...

    def explain_no_signal(self, x: Array) -> str:
        """One clause on where the gradient was lost."""
        ...


class Step(NamedTuple):
    """What a callback sees: iteration t, the iterate x_t, its evaluation, and the objective."""

    t: int
    x: Array
    evaluation: Evaluation
    objective: Energy


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
    parts : dict of str to array (N,)
        The weighted terms at x, which sum to the energy.
    history : dict of str to array (iterations + 1, N)
        "energy" and every weighted part, at x₀, x₁, ….
    faults : tuple of bool
        For each image, whether a fault stopped it.
    stop : tuple of str
        For each image, one sentence.
    steps : int
        Steps taken.
    """

    x: Array
    energy: np.ndarray
    parts: dict[str, np.ndarray]
    history: dict[str, np.ndarray]
    faults: tuple[bool, ...]
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
    fault: bool
    x: Array
    t: int


class _Watch:
    """The best iterate of each image so far, the images that have been stopped, the records."""

    def __init__(self, x: Array) -> None:
        self.x = self.best_x = x
        self.best_energy = np.full(x.shape[0], np.inf)
        self.best_t = np.zeros(x.shape[0], dtype=int)
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
        self.best_t = np.where(better, len(self.records) - 1, self.best_t)

    def ask(self, step: Step, callbacks: Sequence[Callback]) -> None:
        """Let every callback look, and freeze the images it stops."""
        for callback in callbacks:
            stop = callback(step)
            if stop is None:
                continue
            images = range(step.x.shape[0]) if stop.images is None else stop.images
            for i in (int(i) for i in images if int(i) not in self.frozen):
                x, t = (self.best_x, int(self.best_t[i])) if stop.fault else (step.x, step.t)
                self.frozen[i] = _Frozen(stop.reason, stop.fault, x[i, ...], t)

    def put_back_frozen(self, x: Array) -> Array:
        """``x``, a new array, with the frozen images put back."""
        for i, frozen in self.frozen.items():
            x[i, ...] = frozen.x
        return x

    def minimum(self, ending: str) -> Minimum:
        """The result so far."""
        x = self.put_back_frozen(namespace(self.x).asarray(self.x, copy=True))
        count, last = x.shape[0], len(self.records) - 1
        history = {name: np.stack([r[name] for r in self.records]) for name in self.records[0]}
        t = [self.frozen[i].t if i in self.frozen else last for i in range(count)]
        parts = {name: values[t, np.arange(count)] for name, values in history.items()}
        return Minimum(
            x=x,
            energy=parts.pop("energy"),
            parts=parts,
            history=history,
            faults=tuple(i in self.frozen and self.frozen[i].fault for i in range(count)),
            stop=tuple(self.frozen[i].reason if i in self.frozen else ending for i in range(count)),
            steps=last,
        )


def minimize(
    objective: Energy,
    x: Array,
    optimizer: Optimizer,
    steps: int,
    callbacks: Sequence[Callback] = (),
) -> Minimum:
    """Minimize the energy of every image of a batch, each independently of the others.

    Parameters
    ----------
    objective : Objective, or any other `Energy`
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
        On Ctrl-C, with the `Minimum` reached, once there is one.
    """
    if not isinstance(steps, Integral) or steps < 1:
        raise ParameterError(f"minimize.steps must be a whole number of at least 1, got {steps}")
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
        if not watch.records:
            raise
        ending = f"interrupted after {len(watch.records) - 1} steps"
        raise Interrupted(watch.minimum(ending)) from None
    return watch.minimum(f"completed {len(watch.records) - 1} steps")
