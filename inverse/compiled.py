"""An objective made fast for NumPy batches, on all processors."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrangement import batch_that_fits, is_together
from inverse.arrays import Array, Shape
from inverse.divided_objective import DividedObjective
from inverse.layers import Chain, Foreign, Graph, Layer
from inverse.losses import Euclidean, InnerProduct
from inverse.network_objective import NetworkObjective
from inverse.objective import Evaluation, Objective

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
        How many processors share the work; by default the environment variable
        ``INVERSE_NUM_THREADS``, or the number of processors.
    max_memory : int, optional
        Bytes that a run may take besides the weights, by the estimate of `arrange`. If need be a
        batch is divided into smaller ones, one after the other, which changes no bit of it.

    Notes
    -----
    The work is shared among processes (on Linux): layer by layer where layers are large, by a
    `NetworkObjective`; otherwise by images and parts of images, by a `DividedObjective`. `close`
    ends the processes. A layer or loss of the user's own stays in this process: it may have
    threads, as PyTorch and JAX have, which a forked process lacks and waits for without end.
    """

    def __init__(
        self,
        objective: Objective,
        layer: Layer,
        shape: Shape,
        dtype: Any,
        threads: int | None = None,
        max_memory: int | None = None,
    ) -> None:
        self._plain = objective
        own = _holds_foreign(layer) or not isinstance(objective.loss, Euclidean | InnerProduct)
        count = 1 if own else kernels.number_of_threads(threads)
        self._batch = shape[0]
        if max_memory is not None:
            loss = objective.loss
            self._batch = batch_that_fits(layer, loss, shape, dtype, count, max_memory)
            shape = (self._batch, *shape[1:])
        self._fast: NetworkObjective | DividedObjective
        if is_together(layer, shape):
            self._fast = NetworkObjective(objective, layer, shape, dtype, kernels.Lanes(count))
        else:
            self._fast = DividedObjective(objective, layer, shape, dtype, count)

    @property
    def sigma(self) -> float:
        """σ of the objective."""
        return self._plain.sigma

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        found = [self._fast(x[n : n + self._batch]) for n in range(0, len(x), self._batch)]
        return found[0] if len(found) == 1 else _joined(found)

    def explain_not_finite(self, x: Array) -> str:
        """As `Objective.explain_not_finite`."""
        return self._plain.explain_not_finite(x)

    def explain_no_signal(self, x: Array) -> str:
        """As `Objective.explain_no_signal`."""
        return self._plain.explain_no_signal(x)

    def close(self) -> None:
        """End the processes that share the work."""
        self._fast.close()


def _holds_foreign(layer: object) -> bool:
    """Whether a layer, or a layer inside it, is the user's own object."""
    if isinstance(layer, Chain | Graph):
        return any(_holds_foreign(part) for _, part in layer)
    return isinstance(layer, Foreign)


def _joined(found: list[Evaluation]) -> Evaluation:
    """The evaluation of a batch from those of the batches that it is divided into."""
    return Evaluation(
        energy=np.concatenate([one.energy for one in found]),
        gradient=np.concatenate([one.gradient for one in found]),
        parts={name: np.concatenate([one.parts[name] for one in found]) for name in found[0].parts},
        signal=np.concatenate([one.signal for one in found]),
        total=np.concatenate([one.total for one in found]),
    )
