"""Correlation in which every channel has filters of its own, and its adjoint.

A matrix product for each channel would be a small one. All channels at once, the taps are
multiplied by their weights and added up.
"""

from __future__ import annotations

from collections.abc import Iterator

from inverse.arrays import Array, Shape, constant, namespace
from inverse.layers.parameters import Weights
from inverse.layers.windows import Pair, Window, inside, surround

__all__ = ["depthwise", "depthwise_adjoint"]

STRIP = 2**16
"""Numbers of y that are computed at a time, 256 kB in float32: they stay in a processor's cache."""


def depthwise(x: Array, weight: Weights, window: Window, counts: Pair) -> Array:
    """y[n, i, j, f] = Σ_kl weight[k, l, 0, f] x[n, i·s − p + k·d, j·s − p + l·d, c].

    Of F features and C channels, feature f sees channel c = ⌊f / (F/C)⌋ alone.
    """
    xp = namespace(x)
    filters, features = constant(weight, x), weight.shape[3]
    if features > x.shape[3]:
        x = xp.repeat(x, features // x.shape[3], axis=3)
    around = surround(x, window, window.covered(0, counts[0]), window.covered(1, counts[1]))
    y = xp.zeros((x.shape[0], *counts, features), dtype=x.dtype, device=x.device)
    for strip, covered in window.strips(counts, x.shape[0] * features, STRIP):
        part, seen = y[:, strip, :, :], around[:, covered, :, :]
        for row, col, place in _taps(window, part):
            part += seen[place] * filters[row, col, 0, :]
    return y


def depthwise_adjoint(dy: Array, weight: Weights, window: Window, shape: Shape) -> Array:
    """dx = Aᵀ dy, of ``shape`` (N, H, W, C), for the linear map y = A x of `depthwise`."""
    xp = namespace(dy)
    (n, height, width, channels), features = shape, weight.shape[3]
    filters, counts = constant(weight, dy), dy.shape[1:3]
    covered_size = (window.covered(0, counts[0]), window.covered(1, counts[1]))
    around = xp.zeros((n, *covered_size, features), dtype=dy.dtype, device=dy.device)
    for strip, covered in window.strips(counts, n * features, STRIP):
        part, seen = dy[:, strip, :, :], around[:, covered, :, :]
        for row, col, place in _taps(window, part):
            seen[place] += part * filters[row, col, 0, :]
    dx = inside(around, window, height, width)
    if features > channels:
        dx = xp.sum(xp.reshape(dx, (*shape, features // channels)), axis=4)
    return dx


def _taps(window: Window, y: Array) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """Row and column of each tap of the windows of y, and where it lies in what they cover."""
    everything = slice(None)
    for row in range(window.kernel[0]):
        rows = window.tap(0, row, y.shape[1])
        for col in range(window.kernel[1]):
            yield row, col, (everything, rows, window.tap(1, col, y.shape[2]), everything)
