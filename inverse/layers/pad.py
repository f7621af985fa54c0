"""Borders around an array, or cut from it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.axes import span
from inverse.layers.base import Layer, demand, is_number
from inverse.layers.windows import POINTWISE, Interval, Window

__all__ = ["Pad"]

Amounts = tuple[int, int]
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Pad(Layer):
    """x with entries before and after its own along any axes but the batch.

    Parameters
    ----------
    pads : tuple of (before, after)
        How many entries each axis gets, (0, 0) for the batch. Negative numbers cut entries off, in
        mode "constant".
    mode : {"constant", "reflect", "edge", "wrap"}
        What the new entries are: a number; the array mirrored at its outermost entries, which are
        not repeated; the outermost entries; the array continued periodically.
    value : float
        The number, in mode "constant".

    Notes
    -----
    Forward, along an axis of n entries with b before and a after, for i = −b, …, n + a − 1:

        y[i + b] = x[s(i)]
        constant   s(i) = i, and y = value where there is no x[i]
        reflect    s(i) = |i| for i < n, else 2 (n − 1) − i             needs a, b ≤ n − 1
        edge       s(i) = min(max(i, 0), n − 1)
        wrap       s(i) = i mod n                                       needs a, b ≤ n

    one axis after another, so that corners are continued from borders. Backward is the adjoint:
    dx[j] = Σ dy[i + b] over all i with s(i) = j, so that the gradient of a copy goes to what was
    copied. In mode "constant" this cuts the border off.

    Source: the operator Pad of ONNX; ``numpy.pad``, whose modes are more.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 3.0]])
    >>> for mode in ("constant", "reflect", "edge", "wrap"):
    ...     print(Pad(((0, 0), (2, 1)), mode)(x).tolist())
    [[0.0, 0.0, 1.0, 2.0, 3.0, 0.0]]
    [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0]]
    [[1.0, 1.0, 1.0, 2.0, 3.0, 3.0]]
    [[2.0, 3.0, 1.0, 2.0, 3.0, 1.0]]
    """

    pads: tuple[Amounts, ...]
    mode: Literal["constant", "reflect", "edge", "wrap"] = "constant"
    value: float = 0.0

    def __post_init__(self) -> None:
        pairs = isinstance(self.pads, tuple) and all(
            isinstance(pair, tuple)
            and len(pair) == 2
            and all(isinstance(p, Integral) for p in pair)
            for pair in self.pads
        )
        demand(pairs, self, "pads", "be a tuple of pairs of whole numbers (before, after)")
        demand(self.pads[:1] == ((0, 0),), self, "pads", "begin with (0, 0), for the batch")
        modes = ("constant", "reflect", "edge", "wrap")
        demand(self.mode in modes, self, "mode", f"be one of {', '.join(modes)}")
        grows = self.mode == "constant" or min(map(min, self.pads)) >= 0
        demand(grows, self, "pads", f"not be negative in mode '{self.mode}'")
        demand(is_number(self.value), self, "value", "be a finite number")

    @property
    def window(self) -> Window | None:
        still = len(self.pads) == 4 and not any(map(any, self.pads[1:3]))
        return POINTWISE if still else None

    def sees(self, axis: int, first: int, last: int) -> Interval | None:
        if len(self.pads) != 4:
            return None
        before, after = self.pads[axis + 1]
        known = self.mode == "constant" or before == after == 0
        return (first - before, last - before) if known else None

    def output_shape(self, shape: Shape) -> Shape:
        fits = len(shape) == len(self.pads) and all(map(self._fits, shape, self.pads))
        if not fits:
            raise ShapeError(
                f"Pad with pads {self.pads} in mode '{self.mode}' takes arrays of rank "
                f"{len(self.pads)} that are large enough for them, got shape {shape}"
            )
        return tuple(size + sum(amounts) for size, amounts in zip(shape, self.pads, strict=True))

    def _fits(self, size: int, amounts: Amounts) -> bool:
        if self.mode in ("reflect", "wrap"):
            return max(amounts) < size + (self.mode == "wrap")
        return size + sum(min(amount, 0) for amount in amounts) > 0

    def _padded(self, shape: Shape) -> list[tuple[int, int, int, int]]:
        """(axis, n, before, after) of every axis that gets entries."""
        sizes = enumerate(zip(shape, self.pads, strict=True))
        return [(axis, n, *amounts) for axis, (n, amounts) in sizes if any(amounts)]

    def forward(self, x: Array) -> tuple[Array, Shape]:
        xp, shape = namespace(x), tuple(x.shape)
        output = self.output_shape(shape)
        if self.mode == "constant":
            y = xp.full(output, self.value, dtype=x.dtype, device=x.device)
            of_x, of_y = _kept(shape, self.pads)
            y[of_y] = x[of_x]
            return y, shape
        y = x
        for axis, n, before, after in self._padded(shape):
            near, far = _sources(self.mode, n, before, after)
            first = _copied(self.mode, y[span(axis, *near)], axis, before)
            last = _copied(self.mode, y[span(axis, *far)], axis, after)
            y = xp.concat((first, y, last), axis=axis)
        return y, shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        xp = namespace(dy)
        if self.mode == "constant":
            of_x, of_y = _kept(cache, self.pads)
            dx = xp.zeros(cache, dtype=dy.dtype, device=dy.device)
            dx[of_x] = dy[of_y]
            return dx
        dx = dy
        for axis, n, before, after in reversed(self._padded(cache)):
            whole, dx = dx, xp.asarray(dx[span(axis, before, before + n)], copy=True)
            near, far = _sources(self.mode, n, before, after)
            first = whole[span(axis, 0, before)]
            dx[span(axis, *near)] += _returned(self.mode, first, axis)
            last = whole[span(axis, before + n, before + n + after)]
            dx[span(axis, *far)] += _returned(self.mode, last, axis)
        return dx


def _kept(shape: Shape, pads: tuple[Amounts, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where the entries that x and y share are in x, and where in y."""
    of_x, of_y = [], []
    for n, (before, after) in zip(shape, pads, strict=True):
        of_x.append(slice(max(-before, 0), n - max(-after, 0)))
        of_y.append(slice(max(before, 0), n + before + after - max(after, 0)))
    return tuple(of_x), tuple(of_y)


def _sources(mode: str, n: int, before: int, after: int) -> tuple[Span, Span]:
    """From where the entries before and after come: (start, stop) among n entries."""
    if mode == "edge":
        return (0, 1), (n - 1, n)
    if mode == "reflect":
        return (1, before + 1), (n - 1 - after, n - 1)
    return (n - before, n), (0, after)


def _copied(mode: str, source: Array, axis: int, count: int) -> Array:
    """The ``count`` new entries that a source gives."""
    xp = namespace(source)
    if mode == "edge":
        shape = (*source.shape[:axis], count, *source.shape[axis + 1 :])
        return xp.broadcast_to(source, shape)
    return xp.flip(source, axis=axis) if mode == "reflect" else source


def _returned(mode: str, dy: Array, axis: int) -> Array:
    """The adjoint of `_copied`: what a source gets back from its copies."""
    xp = namespace(dy)
    if mode == "edge":
        return xp.sum(dy, axis=axis, keepdims=True)
    return xp.flip(dy, axis=axis) if mode == "reflect" else dy
