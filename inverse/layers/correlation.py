"""Correlation of images with filters, and its adjoint: what convolutions are made of.

The windows of an image are cut out and become the rows of a matrix, which has a column for each of
a window's numbers (`gather`); the correlation is the product of this matrix and the matrix of the
filters. Its adjoint is the transposed product, of which every number is then added to the place
that it was cut from (`add_back`).
"""

from __future__ import annotations

from collections.abc import Iterator

from inverse.arrays import Array, Shape, constant, namespace
from inverse.layers.depthwise import depthwise, depthwise_adjoint
from inverse.layers.parameters import Weights
from inverse.layers.products import product
from inverse.layers.windows import POINTWISE, Pair, Window, inside, surround

__all__ = ["add_back", "blocks_of", "correlate", "correlate_adjoint", "gather"]

STRIP = 2**21
"""Numbers gathered at a time, 8 MB in float32: they stay in a processor's cache."""

Run = tuple[tuple[slice, ...], slice]


def correlate(x: Array, weight: Weights, window: Window, groups: int, counts: Pair) -> Array:
    """y[n, i, j, f] = Σ_klc weight[k, l, c, f] x[n, i·s − p + k·d, j·s − p + l·d, c].

    Parameters
    ----------
    x : array of shape (N, H, W, C)
        It is 0 outside.
    weight : array of shape (KH, KW, C/groups, F)
        Each of the ``groups`` equal parts of the features f sees its own part of the channels c.
    window : Window
        Of KH×KW places, with stride s, pads p and dilation d.
    groups : int
        Of channels and features.
    counts : pair of int
        How many rows i and columns j.
    """
    if weight.shape[2] == 1 and groups > 1:
        return depthwise(x, weight, window, counts)
    filters = _matrix(weight, x)
    if window == POINTWISE and groups == 1 and x.shape[1:3] == counts:
        return product(x, filters)
    xp = namespace(x)
    taps, features = filters.shape
    y = xp.empty((x.shape[0], *counts, features), dtype=x.dtype, device=x.device)
    for channels, own in _groups(groups, x.shape[3], features):
        blocks = blocks_of(x[..., channels], window, counts)
        for strip, covered in window.strips(counts, x.shape[0] * taps, STRIP):
            columns = gather(
                blocks[:, covered, :, :], window, (strip.stop - strip.start, counts[1])
            )
            y[:, strip, :, own] = product(columns, filters[:, own])
    return y


def correlate_adjoint(
    dy: Array, weight: Weights, window: Window, groups: int, shape: Shape
) -> Array:
    """dx = Aᵀ dy, of ``shape`` (N, H, W, C), for the linear map y = A x of `correlate`."""
    if weight.shape[2] == 1 and groups > 1:
        return depthwise_adjoint(dy, weight, window, shape)
    filters = _matrix(weight, dy)
    n, height, width, channels = shape
    if window == POINTWISE and groups == 1 and dy.shape[1:3] == (height, width):
        return product(dy, filters.T)
    xp = namespace(dy)
    taps, features = filters.shape
    rows, blocks = _grid(window, dy.shape[1:3])
    dx = []
    for _, own in _groups(groups, channels, features):
        size = window.stride[1] * channels // groups
        cut = xp.zeros((n, rows, blocks, size), dtype=dy.dtype, device=dy.device)
        for strip, covered in window.strips(dy.shape[1:3], n * taps, STRIP):
            columns = product(dy[:, strip, :, own], filters[:, own].T)
            add_back(columns, cut[:, covered, :, :], window)
        around = xp.reshape(cut, (n, rows, -1, channels // groups))
        dx.append(inside(around, window, height, width))
    return dx[0] if groups == 1 else xp.concat(dx, axis=3)


def blocks_of(x: Array, window: Window, counts: Pair) -> Array:
    """x and its padding as (N, rows, blocks, stride·C): a block has the columns of one stride.

    Neighboring windows are one block apart, so a run of a window's taps that lie in one block is
    a contiguous run of numbers, in all windows of a row at the same place.
    """
    (rows, blocks), stride = _grid(window, counts), window.stride[1]
    around = surround(x, window, rows, blocks * stride)
    return namespace(x).reshape(around, (x.shape[0], rows, blocks, stride * x.shape[3]))


def _grid(window: Window, counts: Pair) -> Pair:
    """Rows that the windows cover, and blocks of columns."""
    return window.covered(0, counts[0]), counts[1] - 1 + -(-window.extent[1] // window.stride[1])


def gather(blocks: Array, window: Window, counts: Pair) -> Array:
    """What each window sees, as (N, *counts, KH·KW·C), from the blocks of an image."""
    runs = list(_runs(window, counts, blocks.shape[3] // window.stride[1]))
    if len(runs) == 1:
        return blocks[runs[0][0]]
    xp = namespace(blocks)
    shape = (blocks.shape[0], *counts, runs[-1][1].stop)
    columns = xp.empty(shape, dtype=blocks.dtype, device=blocks.device)
    for place, run in runs:
        columns[..., run] = blocks[place]
    return columns


def add_back(columns: Array, blocks: Array, window: Window) -> None:
    """The adjoint of `gather`: adds each number to the place in ``blocks`` it was cut from."""
    counts = columns.shape[1], columns.shape[2]
    for place, run in _runs(window, counts, blocks.shape[3] // window.stride[1]):
        blocks[place] += columns[..., run]


def _runs(window: Window, counts: Pair, c: int) -> Iterator[Run]:
    """The runs of taps: where they lie in the blocks of an image, and where in the columns."""
    (kh, kw), stride, dilation = window.kernel, window.stride[1], window.dilation[1]
    together = stride if dilation == 1 else 1
    for k in range(kh):
        for first in range(0, kw, together):
            taps = min(together, kw - first)
            block, offset = divmod(first * dilation, stride)
            place = (
                slice(None),
                window.tap(0, k, counts[0]),
                slice(block, block + counts[1]),
                slice(offset * c, (offset + taps) * c),
            )
            column = (k * kw + first) * c
            yield place, slice(column, column + taps * c)


def _groups(groups: int, channels: int, features: int) -> Iterator[tuple[slice, slice]]:
    """The channels and the features of each group."""
    c, f = channels // groups, features // groups
    return ((slice(g * c, (g + 1) * c), slice(g * f, (g + 1) * f)) for g in range(groups))


def _matrix(weight: Weights, like: Array) -> Array:
    """The filters as a matrix: a row for each tap and channel, a column for each feature."""
    # moved first: a reshaped copy would be another table to `constant` at every call
    return namespace(like).reshape(constant(weight, like), (-1, weight.shape[3]))
