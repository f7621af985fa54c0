"""Arrays that hold nothing between two calls: one set for each thread."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.lanes import Lanes

__all__ = ["Plane", "Scratch", "Share"]

Plane = np.ndarray[Any, Any]
"""An array of one image: a plane (H, W), or several of them."""

T = TypeVar("T")


class Scratch:
    """Arrays by name, for the images that one thread takes in turn.

    Parameters
    ----------
    lanes : Lanes
        On which `share` runs parts of one image's work.
    constants : dict, optional
        What all images of a program have in common, such as transformed filters.

    Notes
    -----
    What backward needs belongs to an image; all else is scratch, and shared: four images then take
    little more memory than one, and find the scratch in the processor's cache.
    """

    def __init__(
        self, lanes: Lanes | None = None, constants: dict[Hashable, Any] | None = None
    ) -> None:
        self._arrays: dict[tuple[str, Shape, str], Plane] = {}
        self._lanes = lanes or Lanes(1)
        self._constants = {} if constants is None else constants
        others = (Scratch(None, self._constants) for _ in range(1, self._lanes.count))
        self._of_lane = (self, *others)

    def __call__(self, name: str, shape: Shape, dtype: Any) -> Plane:
        """The array of this name, shape and dtype: zeros at first, then whatever was left there."""
        key = (name, shape, np.dtype(dtype).str)
        if key not in self._arrays:
            self._arrays[key] = np.zeros(shape, dtype)
        return self._arrays[key]

    def constant(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for each ``key`` in a program."""
        if key not in self._constants:
            self._constants[key] = make()
        found: T = self._constants[key]
        return found

    def share(self, tasks: Sequence[Share]) -> None:
        """Run the parts of one image's work side by side, each with the scratch of its lane.

        So that an image comes out the same on any number of lanes, how its work is divided must
        not depend on how many there are.
        """
        self._lanes.run([partial(self._run, task) for task in tasks])

    def _run(self, task: Share, lane: int) -> None:
        task(self._of_lane[lane])

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, those of the other lanes included."""
        return sum(sum(a.nbytes for a in scratch._arrays.values()) for scratch in self._of_lane)


Share = Callable[[Scratch], None]
"""A part of one image's work."""
