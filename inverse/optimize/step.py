"""What callbacks see of a run, and what they can wish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from inverse.arrays import Array
from inverse.objective import Evaluation

__all__ = ["Callback", "Energy", "Stateful", "Step", "Stop", "stateful"]


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


@runtime_checkable
class Stateful(Protocol):
    """A callback that remembers: what it must be given back when a run goes on later."""

    def state(self) -> Any:
        """Lists, tuples, dicts, arrays, numbers and strings, that later calls do not change."""
        ...

    def restore(self, state: Any) -> None:
        """Be as when ``state`` was given."""
        ...


def stateful(callbacks: Sequence[object]) -> list[Stateful]:
    """The callbacks that remember."""
    return [callback for callback in callbacks if isinstance(callback, Stateful)]
