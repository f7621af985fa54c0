"""Schedules: the learning rate of every step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from numbers import Integral
from typing import Protocol

from inverse.errors import ParameterError
from inverse.layers.base import demand, demand_whole, is_number

__all__ = ["ExponentialDecay", "Schedule", "Stages"]


class Schedule(Protocol):
    """Learning rates η_t for t = 0, 1, …, ``steps`` − 1."""

    @property
    def steps(self) -> int:
        """Number of steps it is made for."""
        ...

    def rate(self, t: int) -> float:
        """η_t; after the last step, the last rate."""
        ...

    def restarts(self, t: int) -> bool:
        """Whether momentum starts afresh at step t."""
        ...

    def resized(self, steps: int) -> Schedule:
        """The same course of rates over another number of steps."""
        ...


@dataclass(frozen=True)
class Stages:
    """A rate that drops in steps, as in the paper: momentum starts afresh with each stage.

    Parameters
    ----------
    stages : sequence of (rate, count)
        ``count`` steps with learning rate ``rate``, one stage after another.

    Examples
    --------
    >>> schedule = Stages(((0.4, 2), (0.04, 3)))
    >>> [schedule.rate(t) for t in range(6)], schedule.steps
    ([0.4, 0.4, 0.04, 0.04, 0.04, 0.04], 5)
    >>> schedule.resized(10).stages
    ((0.4, 4), (0.04, 6))
    """

    stages: Sequence[tuple[float, int]]

    def __post_init__(self) -> None:
        demand(len(self.stages) > 0, self, "stages", "have at least one stage")
        rates, counts = zip(*self.stages, strict=True)
        positive = all(is_number(rate) and rate > 0 for rate in rates)
        demand(positive, self, "stages", "have positive, finite rates")
        whole = all(isinstance(count, Integral) and int(count) >= 1 for count in counts)
        demand(whole, self, "stages", "have whole numbers of at least 1 step")

    @property
    def steps(self) -> int:
        return sum(count for _, count in self.stages)

    def _ends(self) -> list[int]:
        return list(accumulate(count for _, count in self.stages))

    def rate(self, t: int) -> float:
        return self.stages[min(bisect_right(self._ends(), t), len(self.stages) - 1)][0]

    def restarts(self, t: int) -> bool:
        return t == 0 or t in self._ends()[:-1]

    def resized(self, steps: int) -> Stages:
        """Every stage longer or shorter in proportion; late stages without a step are dropped."""
        if not isinstance(steps, Integral) or steps < 1:
            raise ParameterError(f"Stages.steps must be a whole number of at least 1, got {steps}")
        ends = [0, *(-(-end * int(steps) // self.steps) for end in self._ends())]
        counts = [b - a for a, b in pairwise(ends)]
        return Stages(tuple((r, n) for (r, _), n in zip(self.stages, counts, strict=True) if n))


@dataclass(frozen=True)
class ExponentialDecay:
    """A rate that falls smoothly, η_t = first · (last/first)^{t/(steps − 1)}.

    Momentum is never reset: there is no jump to recover from.

    Examples
    --------
    >>> [round(ExponentialDecay(1.0, 0.01, steps=3).rate(t), 6) for t in range(3)]
    [1.0, 0.1, 0.01]
    """

    first: float
    last: float
    steps: int

    def __post_init__(self) -> None:
        demand(is_number(self.first) and self.first > 0, self, "first", "be positive and finite")
        demand(is_number(self.last) and self.last > 0, self, "last", "be positive and finite")
        demand_whole(self, "steps", 1)

    def rate(self, t: int) -> float:
        course = min(t, self.steps - 1) / max(self.steps - 1, 1)
        return float(self.first * (self.last / self.first) ** course)

    def restarts(self, t: int) -> bool:
        return t == 0

    def resized(self, steps: int) -> ExponentialDecay:
        return ExponentialDecay(self.first, self.last, steps)
