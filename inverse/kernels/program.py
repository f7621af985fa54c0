"""A chain or graph of layers made ready for one shape: its kernels and its buffers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape, require
from inverse.errors import InputError, ShapeError
from inverse.kernels.kernel import BatchKernel
from inverse.kernels.lanes import Lanes
from inverse.kernels.plan import plan
from inverse.kernels.scratch import Scratch, Share
from inverse.kernels.stages import BatchStage, ImageStage, Values
from inverse.kernels.threads import number_of_threads, single_threaded_blas
from inverse.layers import Layer
from inverse.layers.graph import INPUT

__all__ = ["Program", "compile"]


def compile(layer: Layer, shape: Shape, dtype: Any, threads: int | None = None) -> Program:
    """The fast equal of ``layer`` for NumPy batches of one shape and dtype.

    Parameters
    ----------
    layer : Layer
        A layer, or a `Chain` or `Graph` of them; chains and graphs inside it are opened.
    shape : tuple of int
        (N, H, W, C), the only shape that the program will take.
    dtype : dtype
        float32 or float64.
    threads : int, optional
        How many work on it; by default the environment variable ``INVERSE_NUM_THREADS``, or the
        number of processors.

    Raises
    ------
    ShapeError
        If ``layer`` does not take arrays of shape ``shape``.
    InputError
        If ``dtype`` is neither float32 nor float64.
    ParameterError
        If ``threads`` is not a positive integer.

    Examples
    --------
    >>> from inverse.layers import Chain, CellPooling, HardOrientation, ImageGradient
    >>> hog = Chain({"g": ImageGradient(), "o": HardOrientation(9), "c": CellPooling(8)})
    >>> program = compile(hog, (2, 32, 24, 1), np.float32)
    >>> y, cache = program.forward(np.ones((2, 32, 24, 1), np.float32))
    >>> y.shape, program.backward(y, cache).shape
    ((2, 4, 3, 18), (2, 32, 24, 1))
    """
    return Program(layer, shape, np.dtype(dtype), number_of_threads(threads))


class Program(Layer):
    """A layer compiled for one shape; made by `compile`, for one run.

    Notes
    -----
    A program has the face of a layer but, unlike a layer, a state: the buffers of its last
    forward. So `backward` answers for the last `forward` only and refuses an older cache, and y is
    the program's own array, which the next `forward` overwrites, and which is to be left as it is
    until `backward`. A dx is new each time.

    Its steps (`plan`) form stages: of steps that every image of a batch goes through by itself, and
    of such that take the batch as a whole because it has something large in common, the weights of
    a fully connected layer. In a stage of the first sort, the images are dealt to the threads; a
    single image is divided among them by the kernels. BLAS itself keeps to one thread.

    Every image has kernels and buffers of its own, and scratch that it shares with the others of
    its thread. No operation mixes images, has a size that depends on N, or is divided differently
    for another number of threads; so each of N restarts is bit for bit what it would be alone.
    """

    def __init__(self, layer: Layer, shape: Shape, dtype: np.dtype[Any], threads: int) -> None:
        if dtype not in (np.float32, np.float64):
            raise InputError(f"Program takes float32 or float64 arrays, got {dtype}")
        self._shape, self._output = shape, layer.output_shape(shape)
        self._dtype = dtype
        self.steps = plan(layer, shape[1:])
        lanes, constants = Lanes(threads), dict[Hashable, Any]()
        # one image is divided among the lanes, several are dealt to them
        self._scratch = [Scratch(lanes, constants)]
        if shape[0] > 1:
            self._scratch += [Scratch(None, constants) for _ in range(min(threads, shape[0]))]
        self._values = Values(self.steps, shape, dtype, self._scratch)
        self._stages: list[ImageStage | BatchStage] = []
        for step in self.steps:
            if issubclass(step.kernel, BatchKernel):
                self._stages.append(BatchStage(step, self._values))
                continue
            if not self._stages or isinstance(self._stages[-1], BatchStage):
                self._stages.append(ImageStage(self._values, lanes))
            self._stages[-1].add(step)  # type: ignore[union-attr]
        self._calls = 0

    def output_shape(self, shape: Shape) -> Shape:
        if shape != self._shape:
            raise ShapeError(f"Program was compiled for shape {self._shape}, got shape {shape}")
        return self._output

    def forward(self, x: Array) -> tuple[Array, int]:
        self._check(x, self._shape)
        self._values.value[INPUT] = x
        with single_threaded_blas():
            for stage in self._stages:
                stage.forward()
        self._calls += 1
        return self._values.value[self.steps[-1].name], self._calls

    def backward(self, dy: Array, cache: int) -> Array:
        self._check(dy, self._output)
        if cache != self._calls:
            raise InputError(
                f"Program.backward takes the cache of the last forward, {self._calls}, got {cache}"
            )
        dx = np.empty(self._shape, self._dtype)
        self._values.begin_backward(dy, dx)
        with single_threaded_blas():
            for stage in reversed(self._stages):
                stage.backward()
        return dx

    def share(self, tasks: Sequence[Share]) -> None:
        """Run other work on the program's threads, between its own."""
        self._scratch[0].share(tasks)

    def _check(self, x: Array, expected: Shape) -> None:
        shape = require(x, "Program")
        if shape != expected:
            raise ShapeError(f"Program was compiled for shape {expected}, got shape {shape}")
        if x.dtype != self._dtype:
            raise InputError(f"Program was compiled for {self._dtype} arrays, got {x.dtype}")
