"""A chain of layers made ready for one shape: its kernels and its buffers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from inverse.arrays import Array, Shape, require
from inverse.errors import InputError, ShapeError
from inverse.kernels.kernel import Kernel
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.table import cover
from inverse.kernels.threads import single_threaded_blas
from inverse.layers import Chain, Layer

__all__ = ["Program", "compile"]


def compile(layer: Layer, shape: Shape, dtype: Any) -> Program:
    """The fast equal of ``layer`` for NumPy batches of one shape and dtype.

    Parameters
    ----------
    layer : Layer
        A layer, or a `Chain` of them; chains inside a chain are opened.
    shape : tuple of int
        (N, H, W, C), the only shape that the program will take.
    dtype : dtype
        float32 or float64.

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
    return Program(layer, shape, np.dtype(dtype))


class Program(Layer):
    """A layer compiled for one shape; made by `compile`, for one run.

    Notes
    -----
    A program has the face of a layer but, unlike a layer, a state: the buffers of its last
    forward. So `backward` answers for the last `forward` only and refuses an older cache, and y is
    the program's own array, which the next `forward` overwrites, and which is to be left as it is
    until `backward`. A dx is new each time.

    Every image of a batch has kernels and buffers of its own, and scratch that it shares with the
    others. No operation mixes images or has a size that depends on N, so that each of N restarts
    is bit for bit what it would be alone. The images go one after another, on one thread, BLAS's
    included; `compiled.CompiledObjective` puts several cores to work.
    """

    def __init__(self, layer: Layer, shape: Shape, dtype: np.dtype[Any]) -> None:
        if dtype not in (np.float32, np.float64):
            raise InputError(f"Program takes float32 or float64 arrays, got {dtype}")
        self._shape = shape
        self._output = layer.output_shape(shape)
        self._y = np.empty(self._output, dtype)
        self._dtype = dtype
        scratch = Scratch()
        layers = tuple(_layers(layer))
        self._runs = [_Image(layers, shape[1:], dtype, scratch) for _ in range(shape[0])]
        self._calls = 0

    def output_shape(self, shape: Shape) -> Shape:
        if shape != self._shape:
            raise ShapeError(f"Program was compiled for shape {self._shape}, got shape {shape}")
        return self._output

    def forward(self, x: Array) -> tuple[Array, int]:
        self._check(x, self._shape)
        with single_threaded_blas():
            for n, run in enumerate(self._runs):
                run.forward(x[n], self._y[n])
        self._calls += 1
        return self._y, self._calls

    def backward(self, dy: Array, cache: int) -> Array:
        self._check(dy, self._output)
        if cache != self._calls:
            raise InputError(
                f"Program.backward takes the cache of the last forward, {self._calls}, got {cache}"
            )
        dx = np.empty(self._shape, self._dtype)
        with single_threaded_blas():
            for n, run in enumerate(self._runs):
                run.backward(dy[n], dx[n])
        return dx

    def _check(self, x: Array, expected: Shape) -> None:
        shape = require(x, "Program")
        if shape != expected:
            raise ShapeError(f"Program was compiled for shape {expected}, got shape {shape}")
        if x.dtype != self._dtype:
            raise InputError(f"Program was compiled for {self._dtype} arrays, got {x.dtype}")


class _Image:
    """The kernels of one image, and the buffers between them."""

    def __init__(
        self, layers: Sequence[Layer], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        self._kernels: list[Kernel] = []
        self._between: list[tuple[Plane, Plane]] = []
        for run, kernel in cover(tuple(layers)):
            self._kernels.append(kernel(run, shape, dtype, scratch))
            for layer in run:
                shape = layer.output_shape((1, *shape))[1:]
            gradient = scratch(f"gradient after {len(self._kernels)}", shape, dtype)
            self._between.append((np.empty(shape, dtype), gradient))
        self._between.pop()

    def forward(self, x: Plane, y: Plane) -> None:
        outputs = [value for value, _ in self._between] + [y]
        for kernel, output in zip(self._kernels, outputs, strict=True):
            kernel.forward(x, output)
            x = output

    def backward(self, dy: Plane, dx: Plane) -> None:
        outputs = [dx] + [gradient for _, gradient in self._between]
        for kernel, output in zip(reversed(self._kernels), reversed(outputs), strict=True):
            kernel.backward(dy, output)
            dy = output


def _layers(layer: Layer) -> Iterator[Layer]:
    if type(layer) is Chain:
        for _, part in layer:
            yield from _layers(part)
    else:
        yield layer
