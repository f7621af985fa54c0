"""How work is cut into parts that lanes share."""

from __future__ import annotations

import itertools
import math

from inverse.arrays import Shape

__all__ = ["cut", "strips"]

NUMBERS = 2**16
"""Numbers of a strip: 256 kB in float32, so that a few of them stay in a core's cache."""

SMALL = 2**13
"""Numbers for which it does not pay to meet again."""


def cut(count: int, parts: int) -> list[slice]:
    """``count`` things in so many parts, as equal as can be, or one each."""
    parts = max(1, min(parts, count))
    bounds = [-(-count * i // parts) for i in range(parts + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]


def strips(shape: Shape, numbers: int = NUMBERS) -> list[slice]:
    """The first axis in strips of about so many numbers at most.

    There is one if all is small, and else an even number, for two lanes.
    """
    total = math.prod(shape)
    parts = 1 if total < min(SMALL, numbers) else 2 * math.ceil(total / numbers / 2)
    return cut(shape[0], parts)
