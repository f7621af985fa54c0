"""The regularizers of an objective, added to the data term's gradient by several processes."""

from __future__ import annotations

from functools import partial

import numpy as np

from inverse.arrays import Array, per_image, to_numpy
from inverse.kernels import Lanes
from inverse.kernels.prior import Prior, Weighted
from inverse.kernels.scratch import Scratch
from inverse.kernels.tape import Tape
from inverse.objective import Evaluation, Objective, Term
from inverse.regularizers import AlphaNorm, TotalVariation

__all__ = ["Regularization"]


class Regularization:
    """What an objective has beside its data term, for NumPy batches of one shape.

    Parameters
    ----------
    objective : Objective
        Whose terms they are.
    x, dx : arrays (N, H, W, C) of ``lanes``
        Where the images are, and the data term's gradient with respect to σx.
    lanes : Lanes
        The processes that share the work.

    Notes
    -----
    The paper's regularizers go through `Prior`, strip by strip; others are evaluated as they are.
    """

    def __init__(self, objective: Objective, x: Array, dx: Array, lanes: Lanes) -> None:
        self._objective, self._dx = objective, dx
        known = {name: _weighted(term) for name, term in objective.terms.items()}
        self._striped = {name: found for name, found in known.items() if found}
        self._others = {n: t for n, t in objective.terms.items() if n not in self._striped}
        terms, sigma = list(self._striped.values()), float(objective.sigma)
        self._scratch = Scratch(lanes)
        self._priors = [Prior(terms, sigma, image.shape, x.dtype, self._scratch) for image in x]
        images = zip(self._priors, x, dx, strict=True)
        self._tasks = [task for prior, *image in images for task in prior.tasks(*image)]
        self._tape = Tape(self._scratch.run, lanes)

    def add(self) -> None:
        """Make ``dx`` the gradient of data term and regularizers: a part of a job of the lanes."""
        self._tape(partial(self._scratch.share, self._tasks))

    def evaluation(self, x: Array, data: Array) -> Evaluation:
        """The whole objective at x, after `add`, given the values of its data term."""
        gradient = self._dx.copy()
        total = np.array([prior.total for prior in self._priors])
        values = np.stack([prior.values for prior in self._priors], axis=1)
        found = dict(zip(self._striped, values, strict=True))
        for name, term in self._others.items():
            value, slope = term.regularizer.value_and_grad(x)
            found[name] = term.weight * to_numpy(value)
            gradient += float(term.weight) * slope
            total = per_image(gradient)
        parts = {"data": to_numpy(data)} | {name: found[name] for name in self._objective.terms}
        energy = sum(parts.values(), np.zeros(len(x)))
        signal = np.array([prior.signal for prior in self._priors])
        return Evaluation(energy, gradient, parts, signal, total)


def _weighted(term: Term) -> Weighted | None:
    """The term as `Prior` takes it, if it does."""
    regularizer, weight = term.regularizer, float(term.weight)
    if type(regularizer) is TotalVariation:
        return "tv", regularizer.beta, weight
    if type(regularizer) is AlphaNorm:
        return "alpha", regularizer.alpha, weight
    return None
