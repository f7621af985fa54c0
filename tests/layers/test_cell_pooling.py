"""CellPooling against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import CellPooling
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

cells = st.integers(1, 6)
maps = shapes(h=(4, 13), w=(4, 13))


def naive_cell_pooling(x: Array, cell_size: int) -> Array:
    """The histogram of each cell: a sum over pixels, weighted by nearness along both axes."""
    n, height, width, channels = x.shape
    rows, cols = ((size + cell_size // 2) // cell_size for size in (height, width))
    y = np.zeros((n, rows, cols, channels))
    for i, j, h, w in np.ndindex(rows, cols, height, width):
        y[:, i, j] += naive_share(i, h, cell_size) * naive_share(j, w, cell_size) * x[:, h, w]
    return y


def naive_share(i: int, h: int, cell_size: int) -> float:
    return max(0.0, 1 - abs((h + 0.5) / cell_size - 0.5 - i))


def differentiable(x: Array, cell_size: int) -> Array:
    """The same in autograd.numpy."""
    rows, cols = (
        np.array([[naive_share(i, h, cell_size) for h in range(size)] for i in range(count)])
        for size, count in ((s, (s + cell_size // 2) // cell_size) for s in x.shape[1:3])
    )
    return anp.einsum("ih,jw,nhwc->nijc", rows, cols, x)


@given(maps, cells, seeds)
def test_equals_the_naive_definition(shape: tuple[int, ...], cell_size: int, seed: int) -> None:
    x = normal(seed, shape)
    assert_close(CellPooling(cell_size)(x), naive_cell_pooling(x, cell_size))


@given(maps, cells, seeds)
def test_cell_pooling_contract(shape: tuple[int, ...], cell_size: int, seed: int) -> None:
    check_layer(CellPooling(cell_size), normal(seed, shape), rng=seed)


@given(maps, cells, seeds)
def test_adjoint_contract(shape: tuple[int, ...], cell_size: int, seed: int) -> None:
    check_adjoint(CellPooling(cell_size), normal(seed, shape), rng=seed)


@given(maps, cells, seeds)
def test_backward_equals_autograd(shape: tuple[int, ...], cell_size: int, seed: int) -> None:
    layer = CellPooling(cell_size)
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: differentiable(v, cell_size), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def test_a_last_cell_at_least_half_inside_is_kept() -> None:
    layer = CellPooling(8)
    assert layer.output_shape((1, 19, 20, 3)) == (1, 2, 3, 3)


def test_refuses_bad_parameters() -> None:
    with pytest.raises(
        ParameterError, match=r"CellPooling\.cell_size must be a whole number of at least 1, got 0"
    ):
        CellPooling(0)


def test_refuses_bad_shapes() -> None:
    message = r"CellPooling with cells of 7 pixels takes at least 4x4 pixels, got shape \(1, 3, 9"
    with pytest.raises(ShapeError, match=message):
        CellPooling(7).forward(np.zeros((1, 3, 9, 2)))
    assert CellPooling(7)(np.zeros((1, 4, 9, 2))).shape == (1, 1, 1, 2)
    with pytest.raises(ShapeError, match=r"CellPooling takes arrays of shape \(N, H, W, C\)"):
        CellPooling().forward(np.zeros((9, 9)))
