"""Products by blocks equal the full product."""

from __future__ import annotations

import numpy as np
import pytest

from inverse.kernels.banded import Banded
from inverse.layers.cell_pooling import cell_weights


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("size", [5, 40, 131])
@pytest.mark.parametrize("block", [1, 8, 32, 500])
def test_equals_the_full_product(size: int, block: int, transposed: bool) -> None:
    matrix = cell_weights(size, 3, (size + 1) // 3)
    matrix = matrix.T if transposed else matrix
    x = np.random.default_rng(0).standard_normal((matrix.shape[1], 7))
    y, y_t = np.empty((len(matrix), 7)), np.empty((7, len(matrix)))
    banded = Banded(matrix, np.dtype(np.float64), block)
    banded.left(x, y)
    banded.right(np.ascontiguousarray(x.T), y_t)
    np.testing.assert_allclose(y, matrix @ x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y_t, (matrix @ x).T, rtol=1e-12, atol=1e-12)


def test_rows_of_zeros_give_zero() -> None:
    y = np.ones((4, 2))
    Banded(np.zeros((4, 3)), np.dtype(np.float64), 2).left(np.ones((3, 2)), y)
    assert not y.any()
