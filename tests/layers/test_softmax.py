"""Softmax and LogSoftmax against their formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import LogSoftmax, Softmax
from inverse.testing import check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

axes = st.sampled_from([-3, -2, -1, 1, 2, 3])
both = pytest.mark.parametrize("kind", [Softmax, LogSoftmax])
Kind = type[Softmax] | type[LogSoftmax]


def lines(x: Array, axis: int) -> Iterator[tuple[int | slice, ...]]:
    """Where each line of x along an axis is."""
    axis %= x.ndim
    for at in np.ndindex(*x.shape[:axis], 1, *x.shape[axis + 1 :]):
        yield (*at[:axis], slice(None), *at[axis + 1 :])


def naive_softmax(x: Array, axis: int) -> Array:
    """e to each score, divided by their sum along the axis."""
    y = np.zeros(x.shape)
    for line in lines(x, axis):
        total = sum(math.exp(value) for value in x[line])
        y[line] = [math.exp(value) / total for value in x[line]]
    return y


def naive(kind: Kind, x: Array, axis: int) -> Array:
    y = naive_softmax(x, axis)
    return y if kind is Softmax else np.log(y)


@both
@given(shape=shapes(), axis=axes, seed=seeds)
@settings(max_examples=40)
def test_equals_the_naive_definition(
    kind: Kind, shape: tuple[int, ...], axis: int, seed: int
) -> None:
    x = 3 * normal(seed, shape)
    assert_close(kind(axis)(x), naive(kind, x, axis))


@both
@given(shape=shapes(c=(2, 5)), axis=axes, seed=seeds)
@settings(max_examples=25)
def test_softmax_contract(kind: Kind, shape: tuple[int, ...], axis: int, seed: int) -> None:
    check_layer(kind(axis), normal(seed, shape), rng=seed)


@both
@given(shape=shapes(), axis=axes, seed=seeds)
@settings(max_examples=40)
def test_backward_equals_autograd(kind: Kind, shape: tuple[int, ...], axis: int, seed: int) -> None:
    def differentiable(v: Array) -> Array:
        y = anp.exp(v) / anp.sum(anp.exp(v), axis=axis, keepdims=True)
        return y if kind is Softmax else anp.log(y)

    x, dy = normal(seed, shape), normal(seed + 1, shape)
    dx = kind(axis).backward(dy, kind(axis).forward(x)[1])
    np.testing.assert_allclose(dx, vjp(differentiable, x, dy), rtol=0, atol=1e-11)


def test_the_logarithm_is_finite_where_the_probability_is_zero() -> None:
    x = np.array([[0.0, -1e6]])
    assert Softmax()(x).tolist() == [[1, 0]]
    assert LogSoftmax()(x).tolist() == [[0, -1e6]]


@both
@pytest.mark.parametrize("axis", [0, True, 1.0])
def test_refuses_bad_parameters(kind: Kind, axis: int) -> None:
    message = rf"{kind.__name__}\.axis must be a whole number other than 0, the batch, got {axis}"
    with pytest.raises(ParameterError, match=message):
        kind(axis)


@both
@pytest.mark.parametrize("axis", [3, -3, -4])
def test_refuses_an_axis_that_is_none(kind: Kind, axis: int) -> None:
    message = rf"{kind.__name__} takes arrays with an axis {axis} after axis 0, got shape \(2, 4, 3"
    with pytest.raises(ShapeError, match=message):
        kind(axis).forward(np.ones((2, 4, 3)))
