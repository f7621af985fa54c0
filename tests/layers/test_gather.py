"""Gather against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Gather
from inverse.testing import check_adjoint, check_layer
from tests.layers.copying import copying_vjp
from tests.support import Array, assert_close, normal, seeds, shapes

Example = tuple[Gather, tuple[int, ...], int]


def naive_gather(x: Array, layer: Gather) -> Array:
    """For every index the entry of its number along the axis."""
    axis = layer.axis % x.ndim
    y = np.zeros((*x.shape[:axis], *layer.indices.shape, *x.shape[axis + 1 :]))
    for at in np.ndindex(*layer.indices.shape):
        for before in np.ndindex(*x.shape[:axis]):
            y[(*before, *at)] = x[(*before, layer.indices[at])]
    return y


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape, seed = draw(shapes())[: draw(st.integers(2, 4))], draw(seeds)
    axis = draw(st.integers(1, len(shape) - 1))
    n, rng = shape[axis], np.random.default_rng(seed)
    if draw(st.booleans()):
        indices = rng.permutation(n)[: draw(st.integers(1, n))]
    else:
        size = draw(st.lists(st.integers(1, 4), max_size=3))
        indices = np.asarray(rng.integers(-n, n, size))
    return Gather(indices, axis - draw(st.sampled_from([0, len(shape)]))), shape, seed


@given(examples())
@settings(max_examples=60)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    assert_close(layer(x), naive_gather(x, layer))


@given(examples())
@settings(max_examples=30)
def test_gather_contract(example: Example) -> None:
    layer, shape, seed = example
    check_layer(layer, normal(seed, shape), rng=seed)
    check_adjoint(layer, normal(seed, shape), rng=seed)


@given(examples())
@settings(max_examples=30)
def test_backward_equals_autograd(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = copying_vjp(lambda v: naive_gather(v, layer), x, dy)
    assert_close(layer.backward(dy, cache), expected)


@pytest.mark.parametrize(
    ("indices", "axis", "message"),
    [
        ([0, 1], 1, r"Gather\.indices must be a NumPy array of integers, got a list"),
        (np.ones(2), 1, r"Gather\.indices must be a NumPy array of integers, got float64"),
        (np.ones(0, int), 1, r"Gather\.indices must hold one or more, got none"),
        (np.ones(2, int), 0, r"Gather\.axis must be a whole number other than 0, the batch, got 0"),
    ],
)
def test_refuses_bad_parameters(indices: Array, axis: int, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Gather(indices, axis)


def test_refuses_indices_beyond_the_end() -> None:
    for indices in ([0, 3], [-4, 2]):
        message = rf"Gather with indices from {min(indices)} to {max(indices)} takes arrays with as"
        with pytest.raises(ShapeError, match=message):
            Gather(np.array(indices)).forward(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"Gather takes arrays with an axis 2 after axis 0, got"):
        Gather(np.array([0]), 2).forward(np.ones((2, 3)))
