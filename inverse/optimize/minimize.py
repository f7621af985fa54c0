"""The loop: evaluate, let the callbacks look, step, until the end or until one stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from inverse.arrays import Array, namespace
from inverse.errors import OutputError, ParameterError
from inverse.objective import Evaluation
from inverse.optimize.base import Optimizer
from inverse.optimize.course import Course, Frozen, Keeper
from inverse.optimize.step import Callback, Energy, Step, stateful

__all__ = ["Interrupted", "Minimum", "NotKept", "minimize"]


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


class NotKept(OutputError):
    """A checkpoint that cannot be written; ``result`` holds all that had been computed."""

    def __init__(self, sentence: str, result: Any) -> None:
        super().__init__(sentence)
        self.result = result


class _Watch:
    """The best iterate of each image so far, the images that have been stopped, the records."""

    def __init__(self, course: Course) -> None:
        self.x, self.best_x = course.x, course.best_x
        self.best_energy, self.best_t = course.best_energy, course.best_t
        self.frozen = dict(course.frozen)
        self.records = list(course.records)

    def record(self, x: Array, evaluation: Evaluation) -> None:
        """Note the evaluation of x and where it is an improvement."""
        self.x = x
        self.records.append({"energy": evaluation.energy, **evaluation.parts})
        better = evaluation.energy < self.best_energy
        if better.all():
            self.best_x = x  # every step makes a new array, so x can be kept as it is
        elif better.any():
            best_x = namespace(x).asarray(self.best_x, copy=True)
            for i in np.flatnonzero(better):
                best_x[i, ...] = x[i, ...]
            self.best_x = best_x
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
                self.frozen[i] = Frozen(stop.reason, stop.fault, x[i, ...], t)

    @property
    def steps(self) -> int:
        """Steps to the iterate that was evaluated last."""
        return len(self.records) - 1

    def put_back_frozen(self, x: Array) -> Array:
        """``x``, a new array, with the frozen images put back."""
        for i, frozen in self.frozen.items():
            x[i, ...] = frozen.x
        return x

    def course(self, x: Array, state: Any, callbacks: Sequence[Callback], ended: bool) -> Course:
        """Where the run is, with the next iterate and state, or the last if it has ended."""
        return Course(
            t=len(self.records),
            x=x,
            state=state,
            best_x=self.best_x,
            best_energy=self.best_energy,
            best_t=self.best_t,
            frozen=dict(self.frozen),
            records=self.records,
            callbacks=tuple(callback.state() for callback in stateful(callbacks)),
            ended=ended,
        )

    def minimum(self, ending: str) -> Minimum:
        """The result so far."""
        x = self.put_back_frozen(namespace(self.x).asarray(self.x, copy=True))
        count, last = x.shape[0], self.steps
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
    keeper: Keeper | None = None,
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
    keeper : Keeper, optional
        Keeps the run now and then, at its end, and on Ctrl-C; and has it go on from where it was.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the `Minimum` reached, once there is one.
    NotKept
        If the run cannot be kept, with the `Minimum` reached.
    """
    if not isinstance(steps, Integral) or steps < 1:
        raise ParameterError(f"minimize.steps must be a whole number of at least 1, got {steps}")
    course = start = Course.start(x, optimizer.init(x))
    if keeper is not None and keeper.resumed is not None:
        course = start = keeper.resumed
        for callback, remembered in zip(stateful(callbacks), course.callbacks, strict=True):
            callback.restore(remembered)
    watch = _Watch(course)
    try:
        # overflow is looked for by the watchers, in every iterate and without NumPy's warnings
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while not course.ended:
                x, state = course.x, course.state
                evaluation = objective(x)
                watch.record(x, evaluation)
                watch.ask(Step(course.t, x, evaluation, objective), callbacks)
                ended = course.t >= steps or len(watch.frozen) == x.shape[0]
                if not ended:
                    x, state = optimizer.step(x, evaluation.gradient, state)
                    x = watch.put_back_frozen(x)
                # one assignment: wherever Ctrl-C strikes, `course` is a run between two iterations
                course = watch.course(x, state, callbacks if keeper else (), ended)
                if keeper and (ended or course.t % keeper.every == 0):
                    _keep(keeper, course, watch)
    except KeyboardInterrupt:
        if len(watch.records) == start.t:  # nothing has been computed that is not kept already
            raise
        if keeper and course is not start:
            _keep(keeper, course, watch)
        raise Interrupted(watch.minimum(f"interrupted after {watch.steps} steps")) from None
    return watch.minimum(f"completed {watch.steps} steps")


def _keep(keeper: Keeper, course: Course, watch: _Watch) -> None:
    try:
        keeper.keep(course)
    except OutputError as error:
        ending = f"stopped after {watch.steps} steps: {error}"
        raise NotKept(str(error), watch.minimum(ending)) from None
