"""An objective for networks: one program for the whole batch, its work divided among processes."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrays import Array, Shape, to_numpy
from inverse.kernels.lanes import Lanes
from inverse.kernels.prior import Prior, Weighted
from inverse.kernels.scratch import Scratch
from inverse.layers import Layer
from inverse.objective import Evaluation, Objective, Term
from inverse.regularizers import AlphaNorm, TotalVariation

__all__ = ["DealtObjective", "NetworkObjective"]


class NetworkObjective:
    """Equals an `Objective`, for NumPy batches of one shape.

    Parameters
    ----------
    objective : Objective
        The plain one.
    layer : Layer
        What is compiled in place of ``objective.representation``.
    shape, dtype
        Of the batches (N, H, W, C).
    lanes : Lanes
        The processes among which the work is divided.

    Notes
    -----
    The layers of a network are large enough to be divided among processors one by one. Weights of
    fully connected layers are larger than images, so there a batch is one program, which reads them
    once; see `DealtObjective` for other batches.
    """

    def __init__(
        self, objective: Objective, layer: Layer, shape: Shape, dtype: Any, lanes: Lanes
    ) -> None:
        self._objective, self._lanes = objective, lanes
        self._program = program = kernels.compile(layer, shape, dtype, lanes)
        self._x = lanes.array(shape, dtype)
        known = {name: _weighted(term) for name, term in objective.terms.items()}
        self._striped = {name: found for name, found in known.items() if found}
        self._others = {n: t for n, t in objective.terms.items() if n not in self._striped}
        terms, sigma = list(self._striped.values()), float(objective.sigma)
        scratch = Scratch(lanes)
        self._priors = [
            Prior(terms, sigma, shape[1:], np.dtype(dtype), scratch) for _ in range(shape[0])
        ]
        images = zip(self._priors, self._x, program.dx, strict=True)
        tasks = [task for prior, x, dx in images for task in prior.tasks(x, dx)]

        def back() -> None:
            program.back()
            scratch.share(tasks)

        self._forward, self._backward = lanes.job(program.ahead), lanes.job(back)

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        np.copyto(self._x, x)
        np.multiply(x, float(self._objective.sigma), out=self._program.x)
        with kernels.single_threaded_blas():
            self._forward()
            data, dy = self._objective.loss.value_and_grad(self._program.y)
            np.copyto(self._program.dy, dy)
            self._backward()
        gradient = self._program.dx.copy()
        values = np.stack([prior.values for prior in self._priors], axis=1)
        found = dict(zip(self._striped, values, strict=True))
        for name, term in self._others.items():
            value, slope = term.regularizer.value_and_grad(x)
            found[name] = term.weight * to_numpy(value)
            gradient += float(term.weight) * slope
        parts = {"data": to_numpy(data)} | {name: found[name] for name in self._objective.terms}
        energy = sum(parts.values(), np.zeros(len(x)))
        signal = np.array([prior.signal for prior in self._priors])
        return Evaluation(energy, gradient, parts, signal)

    def close(self) -> None:
        """End the processes."""
        self._lanes.close()


class DealtObjective:
    """Equals an `Objective`, for NumPy batches of one shape: each image goes through by itself.

    Parameters
    ----------
    objective, layer, shape, dtype, lanes
        As for `NetworkObjective`.

    Notes
    -----
    A lane takes an image through forward, loss, backward and regularizers before it takes the next,
    in the same buffers. So a batch needs hardly more memory than an image for each lane.
    """

    def __init__(
        self, objective: Objective, layer: Layer, shape: Shape, dtype: Any, lanes: Lanes
    ) -> None:
        single = NetworkObjective(objective, layer, (1, *shape[1:]), dtype, kernels.Lanes(1))
        self._lanes, self._names = lanes, ("data", *objective.terms)
        self._x, self._gradient = lanes.array(shape, dtype), lanes.array(shape, dtype)
        self._parts = lanes.array((len(self._names), shape[0]), np.float64)
        self._signal = lanes.array((shape[0],), np.float64)

        def evaluate() -> None:
            for n in range(lanes.number, shape[0], lanes.count):
                found = single(self._x[n : n + 1])
                self._gradient[n], self._signal[n] = found.gradient[0], found.signal[0]
                self._parts[:, n] = [found.parts[name][0] for name in self._names]

        self._evaluate = lanes.job(evaluate)

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        np.copyto(self._x, x)
        self._evaluate()
        parts = dict(zip(self._names, self._parts.copy(), strict=True))
        energy = sum(parts.values(), np.zeros(len(x)))
        return Evaluation(energy, self._gradient.copy(), parts, self._signal.copy())

    def close(self) -> None:
        """End the processes."""
        self._lanes.close()


def _weighted(term: Term) -> Weighted | None:
    """The term as `Prior` takes it, if it does."""
    regularizer, weight = term.regularizer, float(term.weight)
    if type(regularizer) is TotalVariation:
        return "tv", regularizer.beta, weight
    if type(regularizer) is AlphaNorm:
        return "alpha", regularizer.alpha, weight
    return None
