"""A chain or graph of layers made ready for one shape: its kernels and its buffers."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Array, Shape, require
from inverse.errors import InputError, ShapeError
from inverse.kernels.kernel import BatchKernel
from inverse.kernels.lanes import Lanes
from inverse.kernels.plan import plan
from inverse.kernels.stages import BatchStage, ImageStage, Values
from inverse.kernels.tape import Tape
from inverse.kernels.threads import single_threaded_blas
from inverse.layers import Layer
from inverse.layers.graph import INPUT

__all__ = ["Program", "compile"]


def compile(layer: Layer, shape: Shape, dtype: Any, lanes: Lanes | None = None) -> Program:
    """The fast equal of ``layer`` for NumPy batches of one shape and dtype.

    Parameters
    ----------
    layer : Layer
        A layer, or a `Chain` or `Graph` of them; chains and graphs inside it are opened.
    shape : tuple of int
        (N, H, W, C), the only shape that the program will take.
    dtype : dtype
        float32 or float64.
    lanes : Lanes, optional
        The processes that share the work; by default this one alone.

    Raises
    ------
    ShapeError
        If ``layer`` does not take arrays of shape ``shape``.
    InputError
        If ``dtype`` is neither float32 nor float64.

    Examples
    --------
    >>> from inverse.layers import Chain, CellPooling, HardOrientation, ImageGradient
    >>> hog = Chain({"g": ImageGradient(), "o": HardOrientation(9), "c": CellPooling(8)})
    >>> program = compile(hog, (2, 32, 24, 1), np.float32)
    >>> y, cache = program.forward(np.ones((2, 32, 24, 1), np.float32))
    >>> y.shape, program.backward(y, cache).shape
    ((2, 4, 3, 18), (2, 32, 24, 1))
    """
    return Program(layer, shape, np.dtype(dtype), lanes or Lanes(1))


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
    a fully connected layer. In a stage of the first sort, the images are dealt to the lanes; a
    single image is divided among them by the kernels. BLAS itself keeps to one thread: its own
    wait by spinning, and are slowed down a hundred times when other processes are busy.

    Every image has kernels and buffers of its own, and scratch that it shares with the others of
    its lane. No product or sum mixes images, or has a size that depends on N or on the number of
    lanes; so each of N restarts is bit for bit what it would be alone.
    """

    def __init__(self, layer: Layer, shape: Shape, dtype: np.dtype[Any], lanes: Lanes) -> None:
        if dtype not in (np.float32, np.float64):
            raise InputError(f"Program takes float32 or float64 arrays, got {dtype}")
        self._shape, self._output = shape, layer.output_shape(shape)
        self._dtype = dtype
        self.steps = plan(layer, shape[1:])
        self.values = Values(self.steps, shape, dtype, lanes)
        self.stages: list[ImageStage | BatchStage] = []
        for step in self.steps:
            if issubclass(step.kernel, BatchKernel):
                self.stages.append(BatchStage(step, self.values))
                continue
            if not self.stages or isinstance(self.stages[-1], BatchStage):
                self.stages.append(ImageStage(self.values))
            self.stages[-1].add(step)  # type: ignore[union-attr]
        last = self.steps[-1].name
        self.x, self.y = self.values.value[INPUT], self.values.value[last]
        self.dx, self.dy = self.values.whole[INPUT], self.values.whole[last]
        self._tapes = Tape(self.values.run, lanes), Tape(self.values.run, lanes)
        self._forward, self._backward = lanes.job(self.ahead), lanes.job(self.back)
        self._forwards = 0

    def output_shape(self, shape: Shape) -> Shape:
        if shape != self._shape:
            raise ShapeError(f"Program was compiled for shape {self._shape}, got shape {shape}")
        return self._output

    def forward(self, x: Array) -> tuple[Array, int]:
        self._check(x, self._shape)
        np.copyto(self.x, x)
        with single_threaded_blas():
            self._forward()
        self._forwards += 1
        return self.y, self._forwards

    def backward(self, dy: Array, cache: int) -> Array:
        self._check(dy, self._output)
        if cache != self._forwards:
            raise InputError(
                f"Program.backward takes the cache of the last forward, {self._forwards}, "
                f"got {cache}"
            )
        np.copyto(self.dy, dy)
        with single_threaded_blas():
            self._backward()
        return self.dx.copy()

    @property
    def calls(self) -> int:
        """NumPy calls of this lane in a forward and a backward; 0 before the second time."""
        return sum(len(tape) for tape in self._tapes)

    def ahead(self) -> None:
        """From ``x`` to ``y``, which are the program's own arrays: a part of a job of its lanes."""
        self._tapes[0](self._ahead)

    def back(self) -> None:
        """From ``dy`` to ``dx``, likewise, after `ahead`."""
        self._tapes[1](self._back)

    def _ahead(self) -> None:
        for stage in self.stages:
            stage.forward()

    def _back(self) -> None:
        for stage in reversed(self.stages):
            stage.backward()

    def _check(self, x: Array, expected: Shape) -> None:
        shape = require(x, "Program")
        if shape != expected:
            raise ShapeError(f"Program was compiled for shape {expected}, got shape {shape}")
        if x.dtype != self._dtype:
            raise InputError(f"Program was compiled for {self._dtype} arrays, got {x.dtype}")
