"""An objective made fast for NumPy batches, on all processors."""

from __future__ import annotations

from typing import Any

from inverse import kernels
from inverse.arrays import Array, Shape
from inverse.divided_objective import DividedObjective
from inverse.layers import Chain, Conv2d, Graph, Layer, Linear
from inverse.network_objective import DealtObjective, NetworkObjective
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

    Notes
    -----
    The work is shared among processes (on Linux): layer by layer where layers are large, by a
    `NetworkObjective`; otherwise by images and parts of images, by a `DividedObjective`. `close`
    ends the processes.
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
        count = kernels.number_of_threads(threads)
        self._fast: NetworkObjective | DealtObjective | DividedObjective
        if is_network(layer):
            together = shape[0] == 1 or kernels.takes_batches(layer, shape[1:])
            kind = NetworkObjective if together else DealtObjective
            self._fast = kind(objective, layer, shape, dtype, kernels.Lanes(count))
        else:
            self._fast = DividedObjective(objective, layer, shape, dtype, count)

    @property
    def sigma(self) -> float:
        """σ of the objective."""
        return self._plain.sigma

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        return self._fast(x)

    def explain_not_finite(self, x: Array) -> str:
        """As `Objective.explain_not_finite`."""
        return self._plain.explain_not_finite(x)

    def explain_no_signal(self, x: Array) -> str:
        """As `Objective.explain_no_signal`."""
        return self._plain.explain_no_signal(x)

    def close(self) -> None:
        """End the processes that share the work."""
        self._fast.close()


def is_network(layer: object) -> bool:
    """Whether there are filters or weights in a layer, or in a layer inside it."""
    if isinstance(layer, Chain | Graph):
        return any(is_network(part) for _, part in layer)
    return isinstance(layer, Conv2d | Linear)
