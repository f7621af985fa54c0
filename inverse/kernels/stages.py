"""The stages of a program: steps for each image by itself, and steps for a batch as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.gradients import places
from inverse.kernels.kernel import BatchKernel, Kernel, PlainJoin
from inverse.kernels.lanes import Lanes
from inverse.kernels.plan import Step
from inverse.kernels.scratch import Plane, Scratch
from inverse.layers import Join, Layer
from inverse.layers.graph import INPUT

__all__ = ["BatchStage", "ImageStage", "Values"]


class Values:
    """What passes between the steps of a program: values forward, gradients backward.

    Notes
    -----
    The values of all images are kept for backward. Gradients are scratch (`places`), except those
    that enter or leave a step for the whole batch. A value that several steps take has a share of
    the gradient from each: the first to come is written, the others are added.
    """

    def __init__(
        self, steps: Sequence[Step], shape: Shape, dtype: np.dtype[Any], scratch: list[Scratch]
    ) -> None:
        self.count, self.dtype, self._scratch = shape[0], dtype, scratch
        self.shapes = {INPUT: shape[1:]} | {step.name: step.shape for step in steps}
        self.value: dict[str, Plane] = {
            step.name: np.empty((self.count, *step.shape), dtype) for step in steps
        }
        whole = {INPUT, steps[-1].name}
        for step in steps:
            if issubclass(step.kernel, BatchKernel):
                whole.update((step.name, *step.sources))
        self._whole: dict[str, Plane] = {
            name: np.empty((self.count, *self.shapes[name]), dtype)
            for name in whole - {INPUT, steps[-1].name}
        }
        passing = {name: size for name, size in self.shapes.items() if name not in whole}
        self._places, self._sizes = places(steps, passing)
        self.first: set[tuple[str, int]] = set()
        written: set[str] = set()
        for step in reversed(steps):
            for i, source in enumerate(step.sources):
                if source not in written:
                    self.first.add((step.name, i))
                    written.add(source)
        self._last = steps[-1].name

    def scratch_of(self, image: int) -> Scratch:
        """The scratch of the lane to which the image is dealt."""
        of_lanes = self._scratch[1:] or self._scratch
        return of_lanes[image % len(of_lanes)]

    def begin_backward(self, dy: Plane, dx: Plane) -> None:
        """Take ``dy`` for the gradient of the last value, and put the input's into ``dx``."""
        self._whole[self._last], self._whole[INPUT] = dy, dx

    def gradient(self, name: str, image: int) -> Plane:
        """Where the gradient of one image's value is."""
        if name in self._whole:
            own: Plane = self._whole[name][image]
            return own
        place, shape = self._places[name], self.shapes[name]
        scratch = self.scratch_of(image)
        flat = scratch(f"gradient {place}", (self._sizes[place],), self.dtype)
        return np.asarray(flat[: math.prod(shape)].reshape(shape))

    def gradients(self, name: str) -> Plane:
        """The gradient of a value of the whole batch."""
        return self._whole[name]

    @property
    def common(self) -> Scratch:
        """The scratch of steps for the whole batch."""
        return self._scratch[0]

    @property
    def lanes(self) -> int:
        """How many lanes the images are dealt to."""
        return max(1, len(self._scratch) - 1)


class ImageStage:
    """Steps that every image goes through by itself, the images dealt to the lanes."""

    def __init__(self, values: Values, lanes: Lanes) -> None:
        self._values, self._lanes = values, lanes
        self._steps: list[Step] = []
        self._kernels: list[list[Kernel | PlainJoin]] = [[] for _ in range(values.count)]

    def add(self, step: Step) -> None:
        """One more step, and a kernel of it for each image."""
        self._steps.append(step)
        shape, dtype = self._values.shapes[step.sources[0]], self._values.dtype
        for n, kernels in enumerate(self._kernels):
            if issubclass(step.kernel, Kernel):
                layers = cast("tuple[Layer, ...]", step.layers)
                kernels.append(step.kernel(layers, shape, dtype, self._values.scratch_of(n)))
            else:
                kernels.append(PlainJoin(*cast("tuple[Join]", step.layers)))

    def forward(self) -> None:
        """All steps, of all images."""
        self._deal(self._forward)

    def backward(self) -> None:
        """The gradients that come out of its last step, carried to what its steps take."""
        self._deal(self._backward)

    def _deal(self, work: Callable[[int], None]) -> None:
        lanes = self._values.lanes
        self._lanes.run([partial(self._of_lane, work, lane) for lane in range(lanes)])

    def _of_lane(self, work: Callable[[int], None], first: int, _: int) -> None:
        for n in range(first, self._values.count, self._values.lanes):
            work(n)

    def _forward(self, n: int) -> None:
        value = self._values.value
        for step, kernel in zip(self._steps, self._kernels[n], strict=True):
            if isinstance(kernel, PlainJoin):
                kernel.forward(tuple(value[s][n] for s in step.sources), value[step.name][n])
            else:
                kernel.forward(value[step.sources[0]][n], value[step.name][n])

    def _backward(self, n: int) -> None:
        values = self._values
        for step, kernel in zip(reversed(self._steps), reversed(self._kernels[n]), strict=True):
            dy = values.gradient(step.name, n)
            into, later = [], []
            for i, source in enumerate(step.sources):
                gradient = values.gradient(source, n)
                if (step.name, i) not in values.first:
                    share = values.scratch_of(n)(f"share {i}", gradient.shape, values.dtype)
                    later.append((gradient, share))
                    gradient = share
                into.append(gradient)
            if isinstance(kernel, PlainJoin):
                kernel.backward(dy, tuple(into))
            else:
                kernel.backward(dy, into[0])
            for gradient, share in later:
                np.add(gradient, share, out=gradient)


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

    def forward(self) -> None:
        """The step, of all images."""
        self._kernel.forward(self._values.value[self._source], self._values.value[self._name])

    def backward(self) -> None:
        """The gradients that come out of the step, carried to what it takes."""
        into = self._values.gradients(self._source)
        out = into if self._first else np.empty_like(into)
        self._kernel.backward(self._values.gradients(self._name), out)
        if not self._first:
            np.add(into, out, out=into)
