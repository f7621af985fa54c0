"""An objective whose images are divided into strips, and the strips among processes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from inverse import kernels
from inverse.arrangement import group
from inverse.arrays import Array, Shape
from inverse.image_strips import Strip, can_cut, loss_on_rows, strips, whole
from inverse.kernels.scratch import Scratch
from inverse.kernels.strips import cut
from inverse.layers import Layer
from inverse.losses import Euclidean, InnerProduct, Loss
from inverse.objective import Evaluation, Objective
from inverse.regularization import Regularization

__all__ = ["DividedObjective"]


class DividedObjective:
    """Equals an `Objective`, for NumPy batches of one shape.

    Parameters
    ----------
    objective : Objective
        The plain one.
    layer : Layer
        What is compiled in place of ``objective.representation``.
    shape, dtype
        Of the batches (N, H, W, C).
    threads : int
        How many processes share the work, this one included.

    Notes
    -----
    The data term of HOG and dense SIFT is a sum over rows of the code, and a part of these rows
    depends on a strip of the image only (see `strips`). So each strip has a data term and a
    gradient of its own, and with K strips

        L = Σ_k L_k,     ∂L/∂x = the sum of the strips' gradients, which overlap in some rows.

    Each strip of each image goes through forward, loss and backward by itself, in buffers that are
    used again for the next. A batch then takes hardly more memory than an image and finds the
    buffers in the processor's cache. Where it is not known how to cut an image, it is a single
    strip; and where a network's filters are larger than its images, a few of these go together
    (`group`). An image is computed by the same operations whatever batch it is in and however many
    processes there are, to the last bit.
    """

    def __init__(
        self, objective: Objective, layer: Layer, shape: Shape, dtype: Any, threads: int
    ) -> None:
        self._strips, losses = _divide(objective.loss, layer, shape)
        size = group(layer, shape, kernels.Lanes(threads).count)
        self._data = [
            _Data(layer, loss, float(objective.sigma), strip, (size, *shape[1:]), dtype)
            for loss, strip in zip(losses, self._strips, strict=True)
        ]
        images = [slice(n, n + size) for n in range(0, shape[0], size)]
        tasks = [(n, k) for k in range(len(losses)) for n in images]
        lanes = self._lanes = kernels.Lanes(min(threads, len(tasks)))
        # strip after strip: with two processes, each has its strip of all images
        self._shares = [tasks[part] for part in cut(len(tasks), lanes.count)][::-1]
        self._x, self._dx = lanes.array(shape, dtype), lanes.array(shape, dtype)
        self._gradients = [self._dx]  # a strip that is the whole image has the image's
        if len(self._strips) > 1:
            sizes = [(shape[0], strip.height, *shape[2:]) for strip in self._strips]
            self._gradients = [lanes.array(size, dtype) for size in sizes]
        self._values = lanes.array((len(losses), shape[0]), np.float64)
        self._scratch = Scratch(lanes)
        self._rest = Regularization(objective, self._x, self._dx, lanes)
        self._run = lanes.job(self._job)

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        np.copyto(self._x, x)
        with kernels.single_threaded_blas():
            self._run()
        return self._rest.evaluation(x, self._values.sum(axis=0))

    def close(self) -> None:
        """End the processes."""
        self._lanes.close()

    def _job(self) -> None:
        """What each process does."""
        for n, k in self._shares[self._lanes.number]:
            self._values[k, n] = self._data[k](self._x[n], self._gradients[k][n])
        self._lanes.meet()
        if len(self._strips) > 1:
            # made anew each time: kept, they would refer to this object from within it
            self._scratch.share([partial(self._sum, n) for n in range(len(self._x))])
        self._rest.add()

    def _sum(self, n: int) -> None:
        """Put the gradient of an image together from those of its strips."""
        dx = self._dx[n]
        dx.fill(0)
        for strip, gradients in zip(self._strips, self._gradients, strict=True):
            dx[strip.rows] += gradients[n]


class _Data:
    """The data term of one strip, for as many images as ``shape`` says."""

    def __init__(
        self, layer: Layer, loss: Loss, sigma: float, strip: Strip, shape: Shape, dtype: Any
    ) -> None:
        self._loss, self._sigma, self._strip = loss, sigma, strip
        self._program = kernels.compile(layer, (shape[0], strip.height, *shape[2:]), dtype)

    def __call__(self, x: Array, gradient: Array) -> Array:
        """The values for images x; writes the ``gradient`` with respect to the strip of σx."""
        program, strip = self._program, self._strip
        np.multiply(x[:, strip.rows], self._sigma, out=program.x)
        program.ahead()
        values, dy = self._loss.value_and_grad(program.y[:, strip.kept])
        program.dy[:, strip.kept] = dy  # where rows are not kept, it is and stays 0
        program.back()
        np.copyto(gradient, program.dx)
        return values


def _divide(loss: Loss, layer: Layer, shape: Shape) -> tuple[list[Strip], list[Loss]]:
    """The strips of an image, and the loss of each."""
    if not can_cut(layer, loss):
        return [whole(shape)], [loss]
    assert isinstance(loss, Euclidean | InnerProduct)
    cut = strips(layer, shape)
    return cut, [loss_on_rows(loss, strip.code) for strip in cut]
