"""An objective for networks: one program for the whole batch, its work divided among processes."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrays import Array, Shape
from inverse.kernels import Lanes
from inverse.layers import Layer
from inverse.objective import Evaluation, Objective
from inverse.regularization import Regularization

__all__ = ["NetworkObjective"]


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
    once. The images of other batches are better off by themselves, in a `DividedObjective`.
    """

    def __init__(
        self, objective: Objective, layer: Layer, shape: Shape, dtype: Any, lanes: Lanes
    ) -> None:
        self._loss, self._sigma, self._lanes = objective.loss, float(objective.sigma), lanes
        self._program = program = kernels.compile(layer, shape, dtype, lanes)
        self._x = lanes.array(shape, dtype)
        self._rest = Regularization(objective, self._x, program.dx, lanes)
        self._forward, self._backward = lanes.job(program.ahead), lanes.job(self._back)

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        np.copyto(self._x, x)
        np.multiply(x, self._sigma, out=self._program.x)
        with kernels.single_threaded_blas(), self._lanes.turn():
            self._forward()
            data, dy = self._loss.value_and_grad(self._program.y)
            np.copyto(self._program.dy, dy)
            self._backward()
        return self._rest.evaluation(x, data)

    def _back(self) -> None:
        self._program.back()
        self._rest.add()

    def close(self) -> None:
        """End the processes."""
        self._lanes.close()
