"""An objective made fast for NumPy batches: a program for Φ, a share of the images to each core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrays import Array, Shape
from inverse.layers import Chain, Conv2d, Graph, Layer, Linear
from inverse.network_objective import NetworkObjective
from inverse.objective import Evaluation, Objective
from inverse.workers import Worker, can_fork

__all__ = ["CompiledObjective"]


class CompiledObjective:
    """Equals an `Objective`, for NumPy batches of one shape.

    Parameters
    ----------
    objective : Objective
        The plain one. It still explains what goes wrong.
    layer : Layer
        What is compiled in place of ``objective.representation``: its chain.
    shape, dtype
        Of the batches (N, H, W, C).
    threads : int, optional
        How many images are evaluated at once; by default the environment variable
        ``INVERSE_NUM_THREADS``, or the number of processors.

    Notes
    -----
    The images of a batch are independent, so each goes through forward, loss, backward and
    regularizers on its own, in buffers that are used again for the next. A batch then takes hardly
    more memory than an image and finds the buffers in the processor's cache; and an image is
    computed by the same operations whatever batch it is in, to the last bit.

    With several images and several threads, worker processes take a share each (on Linux; see
    `workers.Worker`); `close` ends them.
    """

    def __init__(
        self,
        objective: Objective,
        layer: Layer,
        shape: Shape,
        dtype: Any,
        threads: int | None = None,
    ) -> None:
        self._plain = objective
        self._network: NetworkObjective | None = None
        if is_network(layer):
            cores = kernels.Lanes(kernels.number_of_threads(threads))
            self._network = NetworkObjective(objective, layer, shape, dtype, cores)
            self._workers: list[Worker] = []
            return
        program = kernels.compile(layer, (1, *shape[1:]), dtype)
        self._single = replace(objective, representation=program)
        lanes = min(kernels.number_of_threads(threads), shape[0]) if can_fork() else 1
        shares = np.array_split(np.arange(shape[0]), lanes)
        # this process has its share too: the last, which is never the largest
        self._shares = [slice(share[0], share[-1] + 1) for share in shares]
        self._workers = [
            Worker(self._evaluate, (len(share), *shape[1:]), dtype) for share in shares[:-1]
        ]

    @property
    def sigma(self) -> float:
        """σ of the objective."""
        return self._plain.sigma

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        if self._network:
            return self._network(x)
        for worker, share in zip(self._workers, self._shares, strict=False):
            worker.begin(x[share])
        own = self._evaluate(x[self._shares[-1]])
        return _together([*(worker.result() for worker in self._workers), own])

    def _evaluate(self, x: Array) -> Evaluation:
        return _together([self._single(x[n : n + 1]) for n in range(x.shape[0])])

    def explain_not_finite(self, x: Array) -> str:
        """As `Objective.explain_not_finite`."""
        return self._plain.explain_not_finite(x)

    def explain_no_signal(self, x: Array) -> str:
        """As `Objective.explain_no_signal`."""
        return self._plain.explain_no_signal(x)

    def close(self) -> None:
        """End the workers."""
        if self._network:
            self._network.close()
        for worker in self._workers:
            worker.close()


def _together(found: Sequence[Evaluation]) -> Evaluation:
    """The evaluation of a batch from those of its parts."""
    if len(found) == 1:
        return found[0]
    return Evaluation(
        energy=np.concatenate([e.energy for e in found]),
        gradient=np.concatenate([e.gradient for e in found]),
        parts={name: np.concatenate([e.parts[name] for e in found]) for name in found[0].parts},
        signal=np.concatenate([e.signal for e in found]),
    )


def is_network(layer: object) -> bool:
    """Whether there are filters or weights in a layer, or in a layer inside it."""
    if isinstance(layer, Chain | Graph):
        return any(is_network(part) for _, part in layer)
    return isinstance(layer, Conv2d | Linear)
