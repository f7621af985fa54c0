"""MatMul against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ShapeError
from inverse.layers import MatMul
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, vjp

Pair = tuple[Array, Array]


def naive_mat_mul(a: Array, b: Array) -> Array:
    """Entry (p, r) of every matrix is the inner product of row p of A and column r of B."""
    stacks = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (np.broadcast_to(m, (*stacks, *m.shape[-2:])) for m in (a, b))
    y = np.zeros((*stacks, a.shape[-2], b.shape[-1]))
    for *stack, p, r in np.ndindex(*y.shape):
        y[(*stack, p, r)] = sum(a[(*stack, p, q)] * b[(*stack, q, r)] for q in range(a.shape[-1]))
    return y


@st.composite
def examples(draw: st.DrawFn) -> tuple[Pair, int]:
    """Two stacks of matrices, of which each may have one entry where the other has more."""
    seed, between = draw(seeds), draw(st.lists(st.integers(2, 4), max_size=2))
    n, p, q, r = draw(st.permutations([2, 3, 4, 5]))
    one = [draw(st.sampled_from([(size, size), (1, size), (size, 1)])) for size in between]
    a = normal(seed, (n, *(size for size, _ in one), p, q))
    b = normal(seed + 1, (n, *(size for _, size in one), q, r))
    return (a, b), seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: tuple[Pair, int]) -> None:
    (a, b), _ = example
    assert_close(MatMul()(a, b), naive_mat_mul(a, b))


@given(examples())
@settings(max_examples=25)
def test_mat_mul_contract(example: tuple[Pair, int]) -> None:
    pair, seed = example
    check_layer(MatMul(), pair, rng=seed)


@given(examples())
@settings(max_examples=50)
def test_backward_equals_autograd(example: tuple[Pair, int]) -> None:
    (a, b), seed = example
    y, cache = MatMul().forward(a, b)
    dy = normal(seed + 2, y.shape)
    da, db = MatMul().backward(dy, cache)
    assert_close(da, vjp(lambda v: anp.matmul(v, b), a, dy), rtol=1e-9)
    assert_close(db, vjp(lambda v: anp.matmul(a, v), b, dy), rtol=1e-9)


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 3), (3, 2)),  # of rank 2 there is no batch
        ((2, 4, 3), (2, 5, 3, 4)),  # the batches would not meet
        ((2, 4, 3), (1, 3, 4)),
        ((2, 4, 3), (2, 4, 3)),
        ((2, 5, 4, 3), (2, 6, 3, 4)),
    ],
)
def test_refuses_shapes_that_do_not_fit(shapes: tuple[tuple[int, ...], ...]) -> None:
    message = r"MatMul takes arrays of shapes \(N, …, P, Q\) and \(N, …, Q, R\), got \(2, "
    with pytest.raises(ShapeError, match=message):
        MatMul().forward(*(np.ones(shape) for shape in shapes))


def test_refuses_other_numbers_of_arrays() -> None:
    with pytest.raises(ShapeError, match=r"MatMul takes two arrays, got 1"):
        MatMul().forward(np.ones((2, 3, 3)))
