"""Concat against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Concat
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

Example = tuple[Concat, tuple[Array, ...], int]


def naive_concat(xs: tuple[Array, ...], axis: int) -> Array:
    """Every entry along the axis, input by input."""
    entries = [np.take(x, i, axis) for x in xs for i in range(x.shape[axis])]
    y = np.zeros(np.insert(entries[0].shape, axis % xs[0].ndim, len(entries)))
    for i, entry in enumerate(entries):
        y[(slice(None),) * (axis % xs[0].ndim) + (i,)] = entry
    return y


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape, seed = draw(shapes())[: draw(st.integers(2, 4))], draw(seeds)
    axis = draw(st.integers(1, len(shape) - 1))
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    xs = tuple(
        normal(seed + i, (*shape[:axis], size, *shape[axis + 1 :])) for i, size in enumerate(sizes)
    )
    return Concat(axis - draw(st.sampled_from([0, len(shape)]))), xs, seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, xs, _ = example
    assert_close(layer(*xs), naive_concat(xs, layer.axis))


@given(examples())
@settings(max_examples=25)
def test_concat_contract(example: Example) -> None:
    layer, xs, seed = example
    check_layer(layer, xs, rng=seed)
    check_adjoint(layer, xs, rng=seed)


@given(examples())
@settings(max_examples=25)
def test_backward_equals_autograd(example: Example) -> None:
    layer, xs, seed = example
    y, cache = layer.forward(*xs)
    dy = normal(seed + 9, y.shape)
    for i, found in enumerate(layer.backward(dy, cache)):
        expected = vjp(
            lambda v, i=i: anp.concatenate([*xs[:i], v, *xs[i + 1 :]], layer.axis), xs[i], dy
        )
        assert_close(found, expected)


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(ParameterError, match=r"Concat\.axis must be a whole number other than 0"):
        Concat(0)
    with pytest.raises(ShapeError, match=r"Concat takes one input or more, got none"):
        Concat().output_shape()
    with pytest.raises(ShapeError, match=r"Concat takes arrays with an axis 2 after axis 0, got"):
        Concat(2).output_shape((2, 3))
    for other in ((1, 5, 3), (2, 4, 3), (2, 3)):
        with pytest.raises(
            ShapeError, match=r"Concat takes inputs that differ along axis -1 alone"
        ):
            Concat().output_shape((2, 5, 3), other)
