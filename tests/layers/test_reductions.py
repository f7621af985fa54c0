"""ReduceMean and ReduceSum against their formulas."""

from __future__ import annotations

import math

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import ReduceMean, ReduceSum
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

Reduction = ReduceMean | ReduceSum
Example = tuple[Reduction, tuple[int, ...], int]


def naive_reduction(x: Array, layer: Reduction) -> Array:
    """The sum over all entries that differ in the axes alone; the mean divides by their number."""
    axes = [axis % x.ndim for axis in layer.axes]
    y = np.zeros([1 if axis in axes else n for axis, n in enumerate(x.shape)])
    for at in np.ndindex(*x.shape):
        y[tuple(0 if axis in axes else i for axis, i in enumerate(at))] += x[at]
    if isinstance(layer, ReduceMean):
        y /= math.prod(x.shape[axis] for axis in axes)
    return y if layer.keepdims else y.reshape([n for i, n in enumerate(y.shape) if i not in axes])


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape = draw(shapes())[: draw(st.integers(2, 4))]
    axes = draw(st.lists(st.integers(1, len(shape) - 1), min_size=1, unique=True))
    signed = tuple(axis - draw(st.sampled_from([0, len(shape)])) for axis in axes)
    kind = draw(st.sampled_from([ReduceMean, ReduceSum]))
    return kind(signed, draw(st.booleans())), shape, draw(seeds)


@given(examples())
@settings(max_examples=60)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    assert_close(layer(x), naive_reduction(x, layer))


@given(examples())
@settings(max_examples=30)
def test_reduction_contract(example: Example) -> None:
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
    reduce = anp.mean if isinstance(layer, ReduceMean) else anp.sum
    axes = tuple(axis % len(shape) for axis in layer.axes)
    expected = vjp(lambda v: reduce(v, axis=axes, keepdims=layer.keepdims), x, dy)
    assert_close(layer.backward(dy, cache), expected)


@pytest.mark.parametrize("kind", [ReduceMean, ReduceSum])
def test_refuses_what_does_not_fit(kind: type[Reduction]) -> None:
    owner = kind.__name__
    for axes in ((), (0, 1), (1, 1), 1, (True,)):
        with pytest.raises(
            ParameterError, match=rf"{owner}\.axes must be a tuple of different who"
        ):
            kind(axes)
    for axes in ((3,), (-3,), (1, -2)):
        with pytest.raises(
            ShapeError, match=rf"{owner} takes arrays with different axes \({axes[0]}"
        ):
            kind(axes).output_shape((2, 3, 4))
