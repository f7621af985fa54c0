"""How an objective is computed for a batch: which programs, in which processes, how much memory."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from inverse import kernels
from inverse.arrays import Shape
from inverse.errors import ParameterError
from inverse.image_strips import can_cut, strips, whole
from inverse.kernels.inventory import Inventory, inventory
from inverse.kernels.plan import plan
from inverse.kernels.stages import TOGETHER, is_heavy
from inverse.layers import Chain, Conv2d, Graph, Layer, Linear
from inverse.losses import Loss

__all__ = [
    "Arrangement", "arrange", "batch_that_fits", "demand_values_fit", "group", "is_together",
]  # fmt: skip

MANY_VALUES = 2**22
"""Values of an image beyond which it goes alone: 16 MB in float32."""

CALL = 2**10
"""Bytes of a call on a `Tape`, about, with the parts of arrays that it takes."""

IMAGES, PROCESS = 12, 20 * 2**20
"""What a run holds besides: arrays of the shape of all images, for iterates, gradients and
velocities; and bytes of a process by itself, 20 MB."""


class Arrangement(NamedTuple):
    """What takes part in one evaluation of a batch.

    Attributes
    ----------
    images, processes : int
        How many share the work.
    copies : int
        How many images have buffers of their own. The others are computed after them, in the same.
    keepers : int
        For how many images processes hold what kernels keep: their own, and where one of them may
        go on alone, in that one those of the others too.
    scratches : int
        How many processes, or strips of an image, have scratch of their own.
    programs : tuple of Inventory
        For one image; several if it is cut into strips, one for each.
    """

    images: int
    processes: int
    copies: int
    keepers: int
    scratches: int
    programs: tuple[Inventory, ...]

    @property
    def memory(self) -> dict[str, int]:
        """Bytes, at most: the weights as they are given are not counted."""
        return {
            "values": self.copies * sum(program.values for program in self.programs),
            "kept": self.keepers * sum(program.kept for program in self.programs),
            "gradients": self.copies * sum(program.gradients for program in self.programs),
            "scratch": self.scratches * sum(program.scratch for program in self.programs),
            "constants": sum(program.constants for program in self.programs),
            "calls": self.keepers * CALL * sum(program.calls for program in self.programs),
        }

    @property
    def total(self) -> int:
        """Bytes of a run: of its evaluations, of the processes, of the code of what is found."""
        code = self._replace(copies=1, keepers=1, scratches=1).memory
        return sum((self.processes * PROCESS, *self.memory.values(), *code.values()))


def is_together(layer: Layer, shape: Shape) -> bool:
    """Whether a batch goes through a network as one, layer by layer, rather than its images apart.

    Several images do only where that saves reading weights.
    """
    return _is_network(layer) and (shape[0] == 1 or kernels.takes_batches(layer, shape[1:]))


def group(layer: Layer, shape: Shape, processes: int) -> int:
    """How many images of a batch, which go apart, a process takes at once.

    If some filters are larger than what they give for an image, and images do not take much memory,
    up to `TOGETHER` that divide the batch, and of those numbers one with which no process has more
    images to go through than it must.
    """
    steps = plan(layer, shape[1:])
    values = sum(math.prod(step.shape) for step in steps)
    if values > MANY_VALUES or not any(is_heavy(step) for step in steps):
        return 1
    sizes = [size for size in range(1, TOGETHER + 1) if shape[0] % size == 0]
    return min(sizes, key=lambda size: (-(-shape[0] // size // processes) * size, -size))


def _is_network(layer: object) -> bool:
    """Whether there are filters or weights in a layer, or in a layer inside it."""
    if isinstance(layer, Chain | Graph):
        return any(_is_network(part) for _, part in layer)
    return isinstance(layer, Conv2d | Linear)


def arrange(layer: Layer, loss: Loss, shape: Shape, dtype: Any, threads: int) -> Arrangement:
    """How `CompiledObjective` computes Φ and ``loss`` for batches of ``shape``.

    The programs are compiled and run once for it.
    """
    return _arrangement(layer, shape, threads, _programs(layer, loss, shape, dtype))


def _programs(layer: Layer, loss: Loss, shape: Shape, dtype: Any) -> tuple[Inventory, ...]:
    """The programs for one image: several if it is cut into strips. How many images matters not."""
    parts = strips(layer, shape) if can_cut(layer, loss) else [whole(shape)]
    of_height = {
        height: inventory(layer, (height, *shape[2:]), dtype)
        for height in {strip.height for strip in parts}
    }
    return tuple(of_height[strip.height] for strip in parts)


def _arrangement(
    layer: Layer, shape: Shape, threads: int, programs: tuple[Inventory, ...]
) -> Arrangement:
    count = kernels.Lanes(threads).count
    if is_together(layer, shape):
        keepers = 2 * shape[0] - shape[0] // count
        return Arrangement(shape[0], count, shape[0], keepers, count, programs)
    processes = min(count, shape[0] * len(programs))
    scratches = -(-processes // len(programs))  # a process has its strip, or its images
    copies = scratches * group(layer, shape, count)
    return Arrangement(shape[0], processes, copies, copies, scratches, programs)


def batch_that_fits(
    layer: Layer, loss: Loss, shape: Shape, dtype: Any, threads: int, most: int
) -> int:
    """Of how many images the batches are into which ``shape[0]`` images are divided.

    The largest number that divides them and takes at most ``most`` bytes.

    Raises
    ------
    ParameterError
        If not even one image does.
    """
    images = IMAGES * math.prod(shape) * np.dtype(dtype).itemsize
    programs = _programs(layer, loss, shape, dtype)
    for count in range(shape[0], 0, -1):
        if shape[0] % count:
            continue
        need = images + _arrangement(layer, (count, *shape[1:]), threads, programs).total
        if need <= most:
            return count
    raise _refusal(layer, shape, dtype, need, most)


def demand_values_fit(layer: Layer, shape: Shape, dtype: Any, most: int) -> None:
    """Refuse images of which the values alone take more than ``most`` bytes, before any work."""
    sizes = [math.prod(step.shape) for step in plan(layer, shape[1:])]
    need = (math.prod(shape[1:]) + sum(sizes)) * np.dtype(dtype).itemsize
    if need > most:
        raise _refusal(layer, shape, dtype, need, most)


def _refusal(layer: Layer, shape: Shape, dtype: Any, need: int, most: int) -> ParameterError:
    largest = max(plan(layer, shape[1:]), key=lambda step: math.prod(step.shape))
    return ParameterError(
        f"invert.max_memory must be at least {need} bytes for an image of "
        f"{'x'.join(map(str, shape[1:]))}, whose largest value, of '{largest.name}', takes "
        f"{math.prod(largest.shape) * np.dtype(dtype).itemsize}, got {most}"
    )
