"""Drawn windows, and what they see, place by place: for the tests of layers of sliding windows."""

from __future__ import annotations

from collections.abc import Iterator

import autograd.numpy as anp
from hypothesis import strategies as st

from inverse.layers.windows import Window
from tests.support import Array, shapes

Size = tuple[int, int]

images = shapes(h=(5, 9), w=(5, 9))
"""Large enough for the windows that are drawn, which have at most 5 rows and columns."""


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Windows of which each holds a pixel of `images`."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    kh, kw = kernel
    pads = draw(st.tuples(*(st.integers(0, k - 1) for k in (kh, kw, kh, kw))))
    return Window(kernel, stride, pads, dilation)


def places(window: Window, i: int, j: int, size: Size) -> Iterator[tuple[Size, Size]]:
    """The taps (k, l) of window (i, j) that are inside the image, and the pixels they are at."""
    for k in range(window.kernel[0]):
        for m in range(window.kernel[1]):
            row = i * window.stride[0] - window.pads[0] + k * window.dilation[0]
            col = j * window.stride[1] - window.pads[1] + m * window.dilation[1]
            if 0 <= row < size[0] and 0 <= col < size[1]:
                yield (k, m), (row, col)


def taps(x: Array, window: Window, counts: Size, fill: float = 0.0) -> dict[Size, Array]:
    """Each tap of all windows, an array (N, rows, columns, C), in ``autograd.numpy``."""
    (sh, sw), (dh, dw), (top, left, _, _) = window.stride, window.dilation, window.pads
    margin = 20  # more than any window overhangs
    width = ((0, 0), (top, margin), (left, margin), (0, 0))
    around = anp.pad(x, width, mode="constant", constant_values=fill)
    return {
        (k, m): around[
            :,
            k * dh : k * dh + (counts[0] - 1) * sh + 1 : sh,
            m * dw : m * dw + (counts[1] - 1) * sw + 1 : sw,
        ]
        for k in range(window.kernel[0])
        for m in range(window.kernel[1])
    }
