"""Where the gradients of a program's values are kept: in as few arrays as will do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inverse.arrays import Shape
from inverse.kernels.parts import Part
from inverse.kernels.plan import Step

__all__ = ["Places", "places"]


class Places(NamedTuple):
    """For each value the number of its array, and of each array how many numbers it holds."""

    place: dict[str, int]
    sizes: tuple[int, ...]


def places(steps: Sequence[Step], shapes: Mapping[str, Shape], parts: Mapping[str, Part]) -> Places:
    """Arrays for the gradients of the values of ``shapes``, taken again as soon as they are free.

    Backward goes through the steps in reverse. The gradient of a value is first written by the
    last step that takes the value, and last read by the step that gives it, or by the first of the
    steps that give ``parts`` of it. So a chain needs two arrays, whatever its length, and a graph
    as many as it has branches at once.
    """
    owner = {step.name: step.name for step in steps}
    for step in reversed(steps):
        if step.name in parts:
            owner[step.name] = owner[parts[step.name].of]
    readers = Counter(owner.values())
    place: dict[str, int] = {}
    sizes: list[int] = []
    free: list[int] = []
    for step in reversed(steps):
        for source in step.sources:
            if source not in shapes or source in place:
                continue
            size = math.prod(shapes[source])
            fits = [i for i in free if sizes[i] >= size]
            # the smallest that is large enough, or else the largest, which grows
            best = min(fits or free, key=lambda i: sizes[i] if fits else -sizes[i], default=None)
            if best is None:
                best = len(sizes)
                sizes.append(size)
            else:
                free.remove(best)
                sizes[best] = max(sizes[best], size)
            place[source] = best
        whole = owner[step.name]
        readers[whole] -= 1
        if whole in place and not readers[whole]:
            free.append(place[whole])
    return Places(place, tuple(sizes))
