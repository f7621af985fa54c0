"""An objective for networks: one program for the whole batch, its work divided among threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrays import Array, Shape, to_numpy
from inverse.kernels.prior import Prior, Weighted
from inverse.layers import Layer
from inverse.objective import Evaluation, Objective, Term
from inverse.regularizers import AlphaNorm, TotalVariation

__all__ = ["Threaded"]


class Threaded:
    """Equals an `Objective`, for NumPy batches of one shape.

    Parameters
    ----------
    objective : Objective
        The plain one.
    layer : Layer
        What is compiled in place of ``objective.representation``.
    shape, dtype
        Of the batches (N, H, W, C).
    threads : int, optional
        As for `kernels.compile`.

    Notes
    -----
    A layer of a network is a few calls of a hundred microseconds and more, during which NumPy lets
    other threads run; and its weights are large, so a batch should read them once.
    """

    def __init__(
        self, objective: Objective, layer: Layer, shape: Shape, dtype: Any, threads: int | None
    ) -> None:
        self._objective = objective
        self._program = kernels.compile(layer, shape, dtype, threads)
        known = {name: _weighted(term) for name, term in objective.terms.items()}
        self._striped = {name: found for name, found in known.items() if found}
        self._others = {n: t for n, t in objective.terms.items() if n not in self._striped}
        terms = list(self._striped.values())
        self._priors = [Prior(terms, shape[1:], np.dtype(dtype)) for _ in range(shape[0])]

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        sigma = float(self._objective.sigma)
        y, cache = self._program.forward(sigma * x)
        data, dy = self._objective.loss.value_and_grad(y)
        gradient = self._program.backward(dy, cache)
        gradient *= sigma
        flat = gradient.reshape(len(x), -1)
        signal = np.maximum(flat.max(axis=1), -flat.min(axis=1))
        parts = {"data": to_numpy(data)} | dict.fromkeys(self._objective.terms, np.empty(0))
        images = zip(self._priors, x, gradient, strict=True)
        self._program.share([task for p, own, into in images for task in p.tasks(own, into)])
        values = np.stack([prior.values for prior in self._priors], axis=1)
        parts |= dict(zip(self._striped, values, strict=True))
        for name, term in self._others.items():
            value, slope = term.regularizer.value_and_grad(x)
            parts[name] = term.weight * to_numpy(value)
            gradient += float(term.weight) * slope
        energy = sum(parts.values(), np.zeros(len(x)))
        return Evaluation(energy, gradient, parts, signal)

    def close(self) -> None:
        """Nothing: the threads end with the program."""


def _weighted(term: Term) -> Weighted | None:
    """The term as `Prior` takes it, if it does."""
    regularizer, weight = term.regularizer, float(term.weight)
    if type(regularizer) is TotalVariation:
        return "tv", regularizer.beta, weight
    if type(regularizer) is AlphaNorm:
        return "alpha", regularizer.alpha, weight
    return None
