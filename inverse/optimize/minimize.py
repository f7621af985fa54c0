"""The loop: evaluate, let the callbacks look, step, until the end or until one stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from inverse.arrays import Array, namespace, together
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
        self._read = len(self.records)

    def record(self, x: Array, evaluation: Evaluation) -> None:
        """Note the evaluation of x and where it is an improvement, all where x is."""
        self.x = x
        self.records.append({"energy": evaluation.energy, **evaluation.parts})
        better = evaluation.energy < self.best_energy
        xp, t = namespace(x), len(self.records) - 1
        self.best_x = _chosen(better, x, self.best_x)
        self.best_energy = xp.where(better, evaluation.energy, self.best_energy)
        self.best_t = xp.where(better, xp.full_like(self.best_t, t), self.best_t)

    def read(self, *more: Array) -> list[np.ndarray]:
        """Bring to the CPU what was recorded since it was last called, and ``more``, at once."""
        new = self.records[self._read :]
        found = together([value for record in new for value in record.values()] + list(more))
        values = iter(found)
        self.records[self._read :] = [{name: next(values) for name in record} for record in new]
        self._read = len(self.records)
        return list(values)

    def ask(self, step: Step, callbacks: Sequence[Callback]) -> None:
        """Let every callback look at the evaluation recorded last, and freeze what it stops."""
        signal, total = self.read(step.evaluation.signal, step.evaluation.total)
        energy, *parts = self.records[-1].values()
        named = dict(zip(step.evaluation.parts, parts, strict=True))
        gradient = step.evaluation.gradient
        step = step._replace(evaluation=Evaluation(energy, gradient, named, signal, total))
        for callback in callbacks:
            stop = callback(step)
            if stop is None:
                continue
            images = range(step.x.shape[0]) if stop.images is None else stop.images
            for i in (int(i) for i in images if int(i) not in self.frozen):
                x, t = (self.best_x, int(self.best_t[i])) if stop.fault else (step.x, step.t)
                self.frozen[i] = Frozen(str(stop.reason), bool(stop.fault), x[i, ...], t)

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
        self.read()
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


def _chosen(better: Array, x: Array, best_x: Array) -> Array:
    """Of each image x where it is better, and else the best so far. Every step makes a new x."""
    if isinstance(better, np.ndarray) and better.all() == better.any():  # a device is not asked
        return x if better.all() else best_x
    xp = namespace(x)
    return xp.where(xp.reshape(better, (-1,) + (1,) * (x.ndim - 1)), x, best_x)


def minimize(
    objective: Energy,
    x: Array,
    optimizer: Optimizer,
    steps: int,
    callbacks: Sequence[Callback] = (),
    keeper: Keeper | None = None,
    look: int = 1,
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
        Called after an evaluation; one that returns a `Stop` stops all images, or those it
        names, which then keep their best iterate while the others go on.
    keeper : Keeper, optional
        Keeps the run now and then, at its end, and on Ctrl-C; and has it go on from where it was.
    look : int
        Callbacks are called after x₀, every so many steps, and at the end. Until then energies
        stay on the device of x, which need not wait for them to be read. A fault is found up to
        ``look`` − 1 steps late; the best iterate is chosen at every step all the same.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the `Minimum` reached, once there is one.
    NotKept
        If the run cannot be kept, with the `Minimum` reached.
    """
    if not isinstance(steps, Integral) or steps < 1:
        raise ParameterError(f"minimize.steps must be a whole number of at least 1, got {steps}")
    if not isinstance(look, Integral) or look < 1:
        raise ParameterError(f"minimize.look must be a whole number of at least 1, got {look}")
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
                last = course.t >= steps
                if last or course.t % look == 0:
                    watch.ask(Step(course.t, x, evaluation, objective), callbacks)
                ended = last or len(watch.frozen) == x.shape[0]
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
    watch.read()
    try:
        keeper.keep(course)
    except OutputError as error:
        ending = f"stopped after {watch.steps} steps: {error}"
        raise NotKept(str(error), watch.minimum(ending)) from None
