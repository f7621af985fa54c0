"""The stages of a program: steps for each image by itself, and steps for a batch as a whole."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from inverse.arrays import Array, Shape
from inverse.kernels.gradients import places
from inverse.kernels.joins import JoinKernel
from inverse.kernels.kernel import BatchKernel, Kernel
from inverse.kernels.lanes import Lanes
from inverse.kernels.parts import parts
from inverse.kernels.plan import Step
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.kernels.tape import Recorder
from inverse.layers import Conv2d, Join, Layer
from inverse.layers.graph import INPUT

__all__ = ["TOGETHER", "BatchStage", "ImageStage", "Values", "is_heavy"]

TOGETHER = 4
"""Images of a lane, at most, that go together where filters are larger than images."""


class Values:
    """What passes between the steps of a program: values forward, gradients backward.

    Notes
    -----
    The values of all images are kept for backward, where all lanes see them. Gradients are taken
    again as soon as they are free (`places`), and by the next images of a lane, except those that
    pass from one stage to another. A value that several steps take has a share of the gradient
    from each: the first to come is written, the others are added.
    """

    def __init__(
        self, steps: Sequence[Step], shape: Shape, dtype: np.dtype[Any], lanes: Lanes
    ) -> None:
        self.count, self.dtype, self.lanes = shape[0], dtype, lanes
        self.constants: dict[Hashable, Any] = {}
        self.run = Recorder()
        self.common = Scratch(lanes, self.constants, self.run)
        # one image is divided among the lanes, several are dealt to them
        self.scratch = self.common
        if self.count > 1:
            self.scratch = Scratch(None, self.constants, self.run)
        self.shapes = {INPUT: shape[1:]} | {step.name: step.shape for step in steps}
        whole = {INPUT, steps[-1].name}
        stage = _stages(steps)
        for step in steps:
            if issubclass(step.kernel, BatchKernel):
                whole.add(step.name)
            whole.update(name for name in step.sources if stage[name] != stage[step.name])
        self.parts = {
            name: part for name, part in parts(steps, self.shapes).items() if name not in whole
        }
        self.value = self._arrays()
        self.whole = {name: lanes.array((self.count, *self.shapes[name]), dtype) for name in whole}
        own = self.shapes.keys() - whole - self.parts.keys()
        passing = {name: self.shapes[name] for name in own}
        self._places, sizes = places(steps, passing, self.parts)
        self._slots = min(TOGETHER, -(-self.count // lanes.count))
        self.gradients = [
            [self.scratch.common((size,), dtype) for size in sizes] for _ in range(self._slots)
        ]
        self.first: set[tuple[str, int]] = set()
        written: set[str] = set()
        for step in reversed(steps):
            for i, source in enumerate(step.sources):
                if source not in written:
                    self.first.add((step.name, i))
                    written.add(source)

    def _arrays(self) -> dict[str, Array]:
        """The values, all that are no parts in arrays of their own."""
        found: dict[str, Array] = {}
        for name, size in reversed(self.shapes.items()):  # a whole comes after its parts
            part = self.parts.get(name)
            found[name] = (
                found[part.of][..., part.channels]
                if part
                else self.lanes.array((self.count, *size), self.dtype)
            )
        return found

    def dealt(self) -> list[list[range]]:
        """The images dealt to each lane, by those that go together."""
        count, size = self.lanes.count, self._slots * self.lanes.count
        return [
            [range(first, min(first + size, self.count), count)
             for first in range(lane, self.count, size)]
            for lane in range(count)
        ]  # fmt: skip

    def gradient(self, name: str, image: int) -> Plane:
        """Where the gradient of one image's value is."""
        if name in self.parts:
            part = self.parts[name]
            return self.gradient(part.of, image)[..., part.channels]
        if name in self.whole:
            own: Plane = self.whole[name][image]
            return own
        place = image // self.lanes.count % self._slots
        flat, shape = self.gradients[place][self._places[name]], self.shapes[name]
        return flat[: math.prod(shape)].reshape(shape)


def _stages(steps: Sequence[Step]) -> dict[str, int]:
    """The number of the stage that gives each value; of the input, that of the first step."""
    found, stage = {INPUT: 0}, 0
    for step in steps:
        apart = issubclass(step.kernel, BatchKernel)
        found[step.name] = stage = stage + apart
        stage += apart
    return found


class ImageStage:
    """Steps that every image goes through by itself, the images dealt to the lanes.

    Notes
    -----
    The filters of a deep layer are larger than its images, and those of all layers than the cache.
    So a few images go through such a step one after the other, while its filters are there, and
    each of them through the steps that follow, while the image is.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._steps: list[Step] = []
        self._runs: list[list[int]] = []
        self._kernels: list[list[Kernel | JoinKernel]] = [[] for _ in range(values.count)]
        self.shares: dict[tuple[str, int], Plane] = {}

    def add(self, step: Step) -> None:
        """One more step, and a kernel of it for each image."""
        if not self._runs or is_heavy(step):
            self._runs.append([])
        self._runs[-1].append(len(self._steps))
        self._steps.append(step)
        values = self._values
        for i, source in enumerate(step.sources):
            if (step.name, i) not in values.first:
                share = values.scratch.common(values.shapes[source], values.dtype)
                self.shares[step.name, i] = share
        for kernels in self._kernels:
            shapes = tuple(values.shapes[source] for source in step.sources)
            if issubclass(step.kernel, Kernel):
                layers = cast("tuple[Layer, ...]", step.layers)
                kernels.append(step.kernel(layers, shapes[0], values.dtype, values.scratch))
            elif issubclass(step.kernel, JoinKernel):
                kernels.append(step.kernel(cast("Join", step.layers[0]), shapes, values.scratch))

    @property
    def kernels(self) -> list[Kernel | JoinKernel]:
        """Those of the first image."""
        return self._kernels[0]

    def forward(self) -> None:
        """All steps, of all images."""
        self._deal(self._forward, self._runs)

    def backward(self) -> None:
        """The gradients that come out of its last step, carried to what its steps take."""
        self._deal(self._backward, [run[::-1] for run in reversed(self._runs)])

    def _deal(self, work: Callable[[int, int], None], runs: Sequence[Sequence[int]]) -> None:
        if self._values.count == 1:
            _in_turn(work, runs, [range(1)])
        else:
            hands = self._values.dealt()
            self._values.common.share([partial(_in_turn, work, runs, hand) for hand in hands])

    def _forward(self, i: int, n: int) -> None:
        step, kernel, value = self._steps[i], self._kernels[n][i], self._values.value
        xs = tuple(value[source][n] for source in step.sources)
        given = xs if isinstance(kernel, JoinKernel) else xs[0]
        self._call(kernel, partial(kernel.forward, given, value[step.name][n]))  # type: ignore[arg-type]

    def _backward(self, i: int, n: int) -> None:
        step, kernel, values = self._steps[i], self._kernels[n][i], self._values
        dy = values.gradient(step.name, n)
        into = [values.gradient(source, n) for source in step.sources]
        shares = [
            into[j] if (step.name, j) in values.first else self.shares[step.name, j]
            for j in range(len(into))
        ]
        given = tuple(shares) if isinstance(kernel, JoinKernel) else shares[0]
        self._call(kernel, partial(kernel.backward, dy, given))  # type: ignore[arg-type]
        for gradient, share in zip(into, shares, strict=True):
            if share is not gradient:
                parts = strips(gradient.shape)
                add = partial(values.run, np.add)
                adds = [partial(add, gradient[s], share[s], out=gradient[s]) for s in parts]
                values.scratch.share(adds)

    def _call(self, kernel: Kernel | JoinKernel, work: Callable[[], None]) -> None:
        if not kernel.repeats:
            work = partial(self._values.run, work)
        if kernel.shares:
            work()
        else:
            self._values.scratch.alone(work)


def _in_turn(
    work: Callable[[int, int], None], runs: Sequence[Sequence[int]], hand: Sequence[range]
) -> None:
    """All runs of steps for a lane's images, those that go together run by run."""
    for images, run in itertools.product(hand, runs):
        for n in images:
            for i in run:
                work(i, n)


def is_heavy(step: Step) -> bool:
    """Whether the filters of a step are more numbers than what it gives for an image."""
    filters = sum(layer.weight.size for layer in step.layers if isinstance(layer, Conv2d))
    return filters > math.prod(step.shape)


class BatchStage:
    """One step that takes the batch as a whole."""

    def __init__(self, step: Step, values: Values) -> None:
        (self._source,) = step.sources
        self._name, self._values = step.name, values
        self._first = (step.name, 0) in values.first
        shape = (values.count, *values.shapes[self._source])
        assert issubclass(step.kernel, BatchKernel)
        layers = cast("tuple[Layer, ...]", step.layers)
        self._kernel = step.kernel(layers, shape, values.dtype, values.common)
        self.kernels = [self._kernel]
        self._share = None if self._first else values.lanes.array(shape, values.dtype)
        self.shares = {(step.name, 0): self._share}

    def forward(self) -> None:
        """The step, of all images."""
        self._kernel.forward(self._values.value[self._source], self._values.value[self._name])

    def backward(self) -> None:
        """The gradients that come out of the step, carried to what it takes."""
        dy, into = (self._values.whole[name] for name in (self._name, self._source))
        if self._share is None:
            self._kernel.backward(dy, into)
        else:
            self._kernel.backward(dy, self._share)
            values = self._values
            values.common.alone(partial(values.run, np.add, into, self._share, out=into))
