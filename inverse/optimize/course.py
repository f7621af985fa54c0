"""Where a run is: all that its further way depends on, as a value that can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from array_api_compat import device

from inverse.arrays import Array, namespace

__all__ = ["Course", "Frozen", "Keeper"]

Record = Mapping[str, Array]


class Frozen(NamedTuple):
    """An image that a callback has stopped: why, whether by a fault, its x, and x's iteration."""

    reason: str
    fault: bool
    x: Array
    t: int


@dataclass(frozen=True, eq=False)
class Course:
    """A run between two iterations. Arrays are never written to once they are in here.

    Attributes
    ----------
    t : int
        Iterates that have been evaluated, x₀, …, x_{t−1}.
    x : array (N, …)
        x_t, the next to evaluate; of a run that has ended, the last that was.
    state : object
        The optimizer's.
    best_x, best_energy, best_t : array
        Of each image the best iterate so far, its energy and iteration.
    frozen : mapping of int to Frozen
        The images that have been stopped.
    records : sequence of mappings of str to array (N,)
        The energy and its parts at every iteration, on the CPU once they have been asked for;
        those beyond the first t are of later ones.
    callbacks : tuple
        The states of the callbacks that have one, in their order.
    ended : bool
        Whether nothing is left to do.
    """

    t: int
    x: Array
    state: Any
    best_x: Array
    best_energy: Array
    best_t: Array
    frozen: Mapping[int, Frozen] = field(default_factory=dict)
    records: Sequence[Record] = ()
    callbacks: tuple[Any, ...] = ()
    ended: bool = False

    @classmethod
    def start(cls, x: Array, state: Any, callbacks: tuple[Any, ...] = ()) -> Course:
        """Before the first evaluation."""
        xp, at, count = namespace(x), device(x), x.shape[0]
        energy = xp.full(count, xp.inf, dtype=xp.float64, device=at)
        t = xp.zeros(count, dtype=xp.int64, device=at)
        return cls(0, x, state, x, energy, t, callbacks=callbacks)

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.t - 1 if self.ended else self.t

    def as_tree(self) -> dict[str, Any]:
        """The same in lists, dicts, arrays, numbers and strings, but for the optimizer's state."""
        records = self.records[: self.t]
        names = records[0] if records else ()
        return {
            "t": self.t,
            "ended": self.ended,
            "x": self.x,
            "optimizer": self.state,
            "best": {"x": self.best_x, "energy": self.best_energy, "t": self.best_t},
            "frozen": [[i, *frozen] for i, frozen in self.frozen.items()],
            "history": {name: np.stack([record[name] for record in records]) for name in names},
            "callbacks": list(self.callbacks),
        }

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Course:
        """What `as_tree` gave.

        Raises
        ------
        TypeError, ValueError, LookupError
            If the tree is of another build.
        """
        best, history, t = tree["best"], tree["history"], tree["t"]
        count, *shape = tree["x"].shape
        shapes = [tuple(best[name].shape) for name in ("x", "energy", "t")]
        if shapes != [(count, *shape), (count,), (count,)]:
            raise ValueError(f"the best of {count} images of {shape} is of {shapes}")
        if not isinstance(t, int) or t < 0 or (t and not history):
            raise ValueError(f"{len(history)} values are kept of {t!r} iterations")
        for name, values in history.items():
            if values.shape != (t, count):
                raise ValueError(f"{name} of {t} iterations of {count} images: {values.shape}")
        for i, reason, fault, x, last in tree["frozen"]:
            kinds = isinstance(reason, str), isinstance(fault, bool), isinstance(last, int)
            if not all(kinds) or i not in range(count) or list(x.shape) != shape:
                raise ValueError(f"image {i!r} is no image that was stopped")
        return cls(
            t=t,
            x=tree["x"],
            state=tree["optimizer"],
            best_x=best["x"],
            best_energy=best["energy"],
            best_t=best["t"],
            frozen={i: Frozen(*frozen) for i, *frozen in tree["frozen"]},
            records=[{name: values[i] for name, values in history.items()} for i in range(t)],
            callbacks=tuple(tree["callbacks"]),
            ended=tree["ended"],
        )


class Keeper(Protocol):
    """What keeps a run, so that it can go on later; it raises OutputError where it cannot."""

    @property
    def every(self) -> int:
        """After how many steps it is to be called, and again."""
        ...

    @property
    def resumed(self) -> Course | None:
        """From where to go on, if not from the start."""
        ...

    def keep(self, course: Course) -> None:
        """Keep the run as it is."""
        ...
