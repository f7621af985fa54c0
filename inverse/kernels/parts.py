"""Values that need no memory of their own, for they are parts of a concatenation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from inverse.arrays import Shape
from inverse.kernels.joins import Concatenation
from inverse.kernels.plan import Step

__all__ = ["Part", "parts"]


class Part(NamedTuple):
    """The channels of another value that are this one."""

    of: str
    channels: slice


def parts(steps: Sequence[Step], shapes: Mapping[str, Shape]) -> dict[str, Part]:
    """The values that nothing takes but one concatenation along channels, by name.

    They are written where the concatenation has them, and their gradients are read there, so that
    nothing is left for it to copy. This asks of the kernel that gives such a value that it take
    arrays whose pixels are apart in memory (`Kernel.apart`).
    """
    kernels = {step.name: step.kernel for step in steps}
    uses = Counter(source for step in steps for source in step.sources)
    found = {}
    for step in steps:
        if step.kernel is not Concatenation:
            continue
        ends = [0, *accumulate(shapes[source][-1] for source in step.sources)]
        for source, (start, stop) in zip(step.sources, pairwise(ends), strict=True):
            if source in kernels and uses[source] == 1 and kernels[source].apart:
                found[source] = Part(step.name, slice(start, stop))
    return found
