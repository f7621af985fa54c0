"""Window against the formula of its docstring: output i sees i·stride − pad + k·dilation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import MaxPool2d
from inverse.layers.windows import Window, inside, surround
from tests.layers.geometry import windows
from tests.support import normal, seeds

sizes = st.integers(5, 12)


def seen(window: Window, axis: int, i: int) -> list[int]:
    """The rows or columns of window i, one for each tap."""
    taps = range(window.kernel[axis])
    return [i * window.stride[axis] - window.pads[axis] + k * window.dilation[axis] for k in taps]


def naive_count(window: Window, axis: int, size: int, ceil_mode: bool) -> int:
    """How many windows fit in the padded image, one after another."""
    end = size + window.pads[axis + 2]
    fits = 0
    while seen(window, axis, fits)[-1] < end:
        fits += 1
    reaches = seen(window, axis, fits - 1)[-1] == end - 1
    partial = seen(window, axis, fits)[0] < size
    return fits + (ceil_mode and not reaches and partial)


@given(windows(), sizes, sizes, st.booleans())
def test_output_size(window: Window, height: int, width: int, ceil_mode: bool) -> None:
    expected = tuple(
        naive_count(window, axis, size, ceil_mode) for axis, size in enumerate((height, width))
    )
    assert window.output_size("", height, width, ceil_mode) == expected


@pytest.mark.parametrize(
    ("window", "ceil_mode", "size"),
    [
        (Window((3, 2), (2, 2)), False, (2, 3)),
        (Window((3, 2), (2, 2)), True, (3, 3)),
        (Window((2, 2), (3, 3), (0, 0, 1, 1)), True, (2, 2)),  # a third would start in the padding
        (Window((7, 8), (2, 3)), True, (1, 1)),  # one window, larger than the image
    ],
)
def test_last_windows(window: Window, ceil_mode: bool, size: tuple[int, int]) -> None:
    assert window.output_size("", 6, 6, ceil_mode) == size


@given(windows(), st.integers(0, 1), st.integers(0, 5), st.integers(0, 5))
def test_sees(window: Window, axis: int, first: int, more: int) -> None:
    every = [p for i in range(first, first + more + 1) for p in seen(window, axis, i)]
    assert window.sees(axis, first, first + more) == (min(every), max(every))
    start, end = window.sees(axis, 0, more)
    assert window.covered(axis, more + 1) == end - start + 1


@given(windows(), st.integers(0, 1), st.integers(1, 6))
def test_taps_lie_in_what_the_windows_cover(window: Window, axis: int, count: int) -> None:
    covered = np.arange(window.covered(axis, count)) - window.pads[axis]
    for k in range(window.kernel[axis]):
        expected = [seen(window, axis, i)[k] for i in range(count)]
        assert covered[window.tap(axis, k, count)].tolist() == expected


@given(windows(), st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(1, 99))
def test_strips_are_all_rows(window: Window, rows: int, cols: int, size: int, limit: int) -> None:
    strips = list(window.strips((rows, cols), size, limit))
    assert [i for strip, _ in strips for i in range(strip.start, strip.stop)] == list(range(rows))
    for strip, covered in strips:
        first, last = window.sees(0, strip.start, strip.stop - 1)
        assert (covered.start, covered.stop - 1) == (first + window.pads[0], last + window.pads[0])
        assert (strip.stop - strip.start) * cols * size <= max(limit, cols * size)


@given(windows(), st.tuples(sizes, sizes), st.tuples(sizes, sizes), seeds)
def test_surround_and_its_adjoint(
    window: Window, size: tuple[int, int], area: tuple[int, int], seed: int
) -> None:
    x, around = normal(seed, (2, *size, 3)), surround(normal(seed, (2, *size, 3)), window, *area)
    for row, col in np.ndindex(*area):
        i, j = row - window.pads[0], col - window.pads[1]
        within = 0 <= i < size[0] and 0 <= j < size[1]
        assert np.array_equal(around[:, row, col], x[:, i, j] if within else np.zeros((2, 3)))
    back = normal(seed + 1, around.shape)
    dx = inside(back, window, *size)
    assert dx.shape == x.shape
    assert np.isclose(np.sum(around * back), np.sum(x * dx))


def test_padding_that_is_larger_than_what_windows_cover() -> None:
    window, x = Window((1, 1), (5, 5), (3, 3, 0, 0)), np.ones((1, 1, 1, 1))
    assert surround(x, window, 1, 1).tolist() == [[[[0.0]]]]
    assert inside(np.ones((1, 1, 1, 1)), window, 1, 1).tolist() == [[[[0.0]]]]


def test_refuses_small_images() -> None:
    message = r"MaxPool2d with windows of 5x3 and pads \(1, 0, 0, 0\) takes larger images, got 3x9"
    with pytest.raises(ShapeError, match=message):
        Window((3, 3), pads=(1, 0, 0, 0), dilation=(2, 1)).output_size("MaxPool2d", 3, 9)
    with pytest.raises(ShapeError, match=r"takes larger images, got 0x9"):
        Window((1, 1), pads=(1, 0, 0, 0)).output_size("MaxPool2d", 0, 9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kernel": (0, 3)}, r"kernel must be a tuple of 2 whole numbers of at least 1, got \(0, "),
        ({"kernel": 3}, r"kernel must be a tuple of 2 whole numbers of at least 1, got 3"),
        ({"stride": [1, 1]}, r"stride must be a tuple of 2 whole numbers of at least 1, got \[1, "),
        ({"stride": (True, 1)}, r"stride must be a tuple of 2 whole numbers of at least 1, got \("),
        ({"pads": (1, 1)}, r"pads must be a tuple of 4 whole numbers of at least 0, got \(1, 1\)"),
        ({"pads": (0, 0, -1, 0)}, r"pads must be a tuple of 4 whole numbers of at least 0, got"),
        ({"dilation": (1.0, 1)}, r"dilation must be a tuple of 2 whole numbers of at least 1, got"),
    ],
)
def test_refuses_bad_geometry(given: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=r"MaxPool2d\." + message):
        MaxPool2d(**{"kernel": (2, 2), **given})
