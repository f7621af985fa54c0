"""Arrays that hold nothing between two calls: one set for each lane."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.lanes import Lanes
from inverse.kernels.memory import Arena
from inverse.kernels.tape import Recorder

__all__ = ["Plane", "Scratch", "Task"]

Plane = np.ndarray[Any, Any]
"""An array of one image: a plane (H, W), or several of them."""

T = TypeVar("T")


class Scratch:
    """Arrays by name, for the images that one lane takes in turn.

    Parameters
    ----------
    lanes : Lanes
        Among which `share` divides one image's work.
    constants : dict, optional
        What all images of a program have in common, such as transformed filters.
    run : Recorder, optional
        Makes the NumPy calls of kernels, `run(np.add, a, b, out=c)`, and writes them down for a
        `Tape`.

    Notes
    -----
    What backward needs belongs to an image; all else is scratch, and shared: four images then take
    little more memory than one, and find the scratch in the processor's cache.

    Each lane has its own scratch. What one lane writes and another reads is in an array made by
    `common`.
    """

    def __init__(
        self,
        lanes: Lanes | None = None,
        constants: dict[Hashable, Any] | None = None,
        run: Recorder | None = None,
    ) -> None:
        self.run = run or Recorder()
        self.arrays: dict[tuple[str, str], list[Plane]] = {}
        self._lanes = lanes or Lanes(1)
        self._arena = Arena(shared=False)
        self._constants = {} if constants is None else constants

    def __call__(self, name: str, shape: Shape, dtype: Any) -> Plane:
        """An array of this shape and dtype, holding what was left where arrays of this name are."""
        found = self.arrays.setdefault((name, np.dtype(dtype).str), [])
        count = math.prod(shape)
        if not found or len(found[-1]) < count:
            found.append(self._arena.zeros((count,), dtype))  # the smaller ones stay in the arena
        return found[-1][:count].reshape(shape)

    def constant(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for each ``key`` in a program."""
        if key not in self._constants:
            self._constants[key] = make()
        found: T = self._constants[key]
        return found

    def own(self, shape: Shape, dtype: Any) -> Plane:
        """An array, of zeros at first, for what an image keeps until backward."""
        return np.asarray(self._arena.zeros(shape, dtype))

    def common(self, shape: Shape, dtype: Any) -> Plane:
        """An array, of zeros at first, that all lanes see."""
        return np.asarray(self._lanes.array(shape, dtype))

    @property
    def divided(self) -> bool:
        """Whether there are several lanes now."""
        return self._lanes.count > 1

    def share(self, tasks: Sequence[Task]) -> None:
        """Run the parts of one image's work side by side; all are done when this returns.

        A part goes to the same lane every time. So that an image comes out the same on any number
        of lanes, what is computed by one call must not depend on how many there are.
        """
        for task in tasks[self._lanes.number :: self._lanes.count]:
            task()
        if self.divided:
            self.run(self._lanes.meet)

    def alone(self, task: Task) -> None:
        """Run what cannot be divided, in one lane."""
        self.share([task])


Task = Callable[[], None]
"""A part of one image's work."""
