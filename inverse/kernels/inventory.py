"""What a program is made of: its steps, their kernels, the memory that each takes, its products."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.kernel import Kernel
from inverse.kernels.lanes import Lanes
from inverse.kernels.plan import Step
from inverse.kernels.program import compile
from inverse.kernels.scratch import Scratch
from inverse.layers import Conv2d, Join, Layer, Linear
from inverse.layers.graph import INPUT

__all__ = ["Inventory", "Row", "inventory"]

OPENED = ("inverse.kernels", "inverse.layers", "scipy.sparse")
"""Objects of these packages are looked into for the arrays that they hold."""


class Row(NamedTuple):
    """A step, for one image.

    Attributes
    ----------
    layers : tuple of str
        Their names.
    kernel, way : str
        What computes them, and how, where it has a choice.
    shape : tuple of int
        Of the value, without batch axis.
    value, kept : int
        Bytes of the value, 0 if it is part of a later one, and of what else the kernel keeps until
        backward.
    weights, transformed : int
        Bytes of the layers' own weights, and of what the kernel makes of them.
    forward, backward : int
        Operations of the plain formula: two for each product of a convolution or a fully connected
        layer, and one for each number of what another layer gives, or backward of what it takes.
    """

    layers: tuple[str, ...]
    kernel: str
    way: str
    shape: Shape
    value: int
    kept: int
    weights: int
    transformed: int
    forward: int
    backward: int


class Inventory(NamedTuple):
    """The steps of a program for one image, and in bytes what they have in common.

    ``image`` is that of x, ``gradients`` of what passes backward from step to step, ``scratch`` of
    what holds nothing between two steps. ``calls`` is the number of NumPy calls on its tapes.
    """

    rows: tuple[Row, ...]
    image: int
    gradients: int
    scratch: int
    constants: int
    calls: int

    @property
    def values(self) -> int:
        """Bytes of all values."""
        return self.image + sum(row.value for row in self.rows)

    @property
    def kept(self) -> int:
        """Bytes of all that kernels keep besides."""
        return sum(row.kept for row in self.rows)

    @property
    def largest(self) -> Row:
        """The step whose value is the largest."""
        return max(self.rows, key=lambda row: row.value)


def inventory(layer: Layer, shape: Shape, dtype: Any) -> Inventory:
    """What the program of ``layer`` for one image of ``shape`` (H, W, C) is made of.

    It is compiled and run on zeros, for what it takes shows only then: twice, as a `Tape` asks.
    """
    program = compile(layer, (1, *shape), dtype)
    with np.errstate(all="ignore"):
        for _ in range(2):
            y, cache = program.forward(np.zeros((1, *shape), dtype))
            program.backward(np.zeros(y.shape, dtype), cache)
    values, stages = program.values, program.stages
    gradients = [values.whole, values.gradients, [stage.shares for stage in stages]]
    scratch = [values.common.arrays, values.scratch.arrays]
    kinds: dict[int, str] = {}
    for kind, things in (
        ("passing", [values.value, gradients, scratch]),
        ("transformed", [values.constants]),
        ("weights", [step.layers for step in program.steps]),
    ):
        kinds |= dict.fromkeys(_memory(things), kind)
    kernels = [kernel for stage in stages for kernel in stage.kernels]
    rows, counted = [], set[int]()
    for step, kernel in zip(program.steps, kernels, strict=True):
        held = Counter[str]()
        for key, size in _memory(kernel).items():
            held[kinds.get(key, "kept")] += 0 if key in counted else size
            counted.add(key)
        forward, backward = _operations(step, [values.shapes[name] for name in step.sources])
        rows.append(
            Row(
                layers=step.names,
                kernel=type(kernel).__name__,
                way=kernel.describe() if isinstance(kernel, Kernel) else "",
                shape=step.shape,
                value=0 if step.name in values.parts else values.value[step.name].nbytes,
                kept=held["kept"],
                weights=sum(_memory(step.layers).values()),
                transformed=held["transformed"],
                forward=forward,
                backward=backward,
            )
        )
    constants = _memory(values.constants)
    return Inventory(
        rows=tuple(rows),
        image=values.value[INPUT].nbytes,
        gradients=sum(_memory(gradients).values()),
        scratch=sum(_memory(scratch).values()),
        constants=sum(size for key, size in constants.items() if kinds[key] == "transformed"),
        calls=program.calls,
    )


def _memory(thing: object) -> dict[int, int]:
    """Bytes of all arrays that are reached from ``thing``, each once however often it is seen."""
    found: dict[int, int] = {}
    waiting, seen = [thing], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            if isinstance(one.base, np.ndarray):
                waiting.append(one.base)  # a view has no memory of its own
            else:
                found[id(one)] = one.nbytes
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        elif type(one).__module__.startswith(OPENED) and not isinstance(one, Scratch | Lanes):
            waiting += getattr(one, "__dict__", {}).values()
    return found


def _operations(step: Step, given: list[Shape]) -> tuple[int, int]:
    """Forward and backward, of all layers of a step."""
    forward = backward = 0
    for layer in step.layers:
        gives = layer.output_shape(*((1, *shape) for shape in given))[1:]
        products = math.prod(gives) * _products(layer)
        forward += 2 * products or math.prod(gives)
        backward += 2 * products or sum(math.prod(shape) for shape in given)
        given = [gives]
    return forward, backward


def _products(layer: Layer | Join) -> int:
    """How many make up a number of a convolution or a fully connected layer."""
    if isinstance(layer, Conv2d):
        return math.prod(layer.weight.shape[:3])
    if isinstance(layer, Linear):
        return int(layer.weight.shape[0])
    return 0
