"""How a chain or graph is computed: its steps, in order, each by a kernel or by a plain layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from inverse.arrays import Shape
from inverse.kernels.joins import JoinKernel, join_kernel
from inverse.kernels.kernel import BatchKernel, Kernel
from inverse.kernels.table import cover
from inverse.layers import Chain, Graph, Join, Layer
from inverse.layers.graph import INPUT

__all__ = ["Step", "plan", "takes_batches"]


class Step(NamedTuple):
    """Layers that one kernel computes at once.

    ``sources`` are the values that it takes, each by the name of the layer that gives it, or
    ``"input"``; ``name``, that of its last layer, is also that of the value that it gives, whose
    shape for one image is ``shape``.
    """

    name: str
    names: tuple[str, ...]
    layers: tuple[Layer, ...] | tuple[Join]
    kernel: type[Kernel | JoinKernel]
    sources: tuple[str, ...]
    shape: Shape


class _Open(NamedTuple):
    """A layer that is neither a chain nor a graph, and the values that it takes."""

    layer: Layer | Join
    sources: tuple[str, ...]


def plan(layer: Layer, shape: Shape) -> list[Step]:
    """The steps that compute ``layer`` on images of ``shape`` (H, W, C).

    Chains and graphs are opened, also inside one another. Layers that follow each other without a
    branch are a run, which is cut into what the table of kernels knows.
    """
    opened: dict[str, _Open] = {}
    _open(layer, type(layer).__name__, INPUT, opened)
    shapes, steps = {INPUT: shape}, []
    for run in _runs(opened):
        first = opened[run[0]]
        source = first.sources
        if isinstance(first.layer, Join):
            given = tuple(shapes[s] for s in source)
            size = first.layer.output_shape(*((1, *shape) for shape in given))[1:]
            kind = join_kernel(first.layer, given)
            steps.append(Step(run[0], tuple(run), (first.layer,), kind, source, size))
            shapes[run[0]] = size
            continue
        layers = tuple(opened[name].layer for name in run)
        for part, kernel in cover(layers, shapes[source[0]]):  # type: ignore[arg-type]
            names, run = tuple(run[: len(part)]), run[len(part) :]
            size = shapes[source[0]]
            for one in part:
                size = one.output_shape((1, *size))[1:]
            steps.append(Step(names[-1], names, part, kernel, source, size))
            shapes[names[-1]], source = size, (names[-1],)
    return steps


def takes_batches(layer: Layer, shape: Shape) -> bool:
    """Whether some step of ``layer`` takes all images of a batch at once."""
    return any(issubclass(step.kernel, BatchKernel) for step in plan(layer, shape))


def _open(
    layer: Layer | Join, name: str, source: str | tuple[str, ...], into: dict[str, _Open]
) -> str:
    """Put ``layer``, or the layers inside it, ``into`` a flat graph; the name of its value."""
    sources = (source,) if isinstance(source, str) else source
    if type(layer) is Chain:
        for key, part in layer:
            sources = (_open(part, key, sources, into),)
        return sources[0]
    if type(layer) is Graph:
        values = {INPUT: sources[0]}
        for key, node in layer.nodes.items():
            taken = tuple(values[s] for s in node.inputs)
            values[key] = _open(node.layer, key, taken, into)
        return values[key]
    while name in into or name == INPUT:
        name += "'"
    into[name] = _Open(layer, sources)
    return name


def _runs(opened: dict[str, _Open]) -> Iterator[list[str]]:
    """The layers in runs without branches; a join is a run of its own."""
    uses = Counter(source for part in opened.values() for source in part.sources)
    follower = {
        part.sources[0]: name
        for name, part in opened.items()
        if len(part.sources) == 1
        and uses[part.sources[0]] == 1
        and not isinstance(part.layer, Join)
    }
    follower.pop(INPUT, None)
    inner = set()
    for name, part in opened.items():
        if name in inner:
            continue
        run = [name]
        while not isinstance(part.layer, Join) and run[-1] in follower:
            run.append(follower[run[-1]])
        inner.update(run)
        yield run
