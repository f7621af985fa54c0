"""Slice against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Slice
from inverse.layers.windows import POINTWISE
from inverse.testing import check_adjoint, check_layer
from tests.layers.copying import copying_vjp
from tests.support import Array, assert_close, normal, seeds, shapes

Example = tuple[Slice, tuple[int, ...], int]


def naive_slice(x: Array, slices: tuple[tuple[int | None, int | None, int] | None, ...]) -> Array:
    """Entry by entry along each axis, from the start in steps until the stop."""
    kept = [
        list(range(n)) if part is None else naive_entries(n, *part)
        for n, part in zip(x.shape[1:], slices, strict=True)
    ]
    y = np.zeros((len(x), *map(len, kept)))
    for at in np.ndindex(*y.shape[1:]):
        y[:, *at] = x[:, *(entries[i] for entries, i in zip(kept, at, strict=True))]
    return y


def naive_entries(n: int, start: int | None, stop: int | None, step: int) -> list[int]:
    first, end = (0, n) if step > 0 else (n - 1, -1)
    i = first if start is None else start + n * (start < 0)
    end = end if stop is None else stop + n * (stop < 0)
    if step > 0:
        i = max(i, 0)
    else:
        i, end = min(i, n - 1), max(end, -1)
    kept = []
    while 0 <= i < n and (i < end if step > 0 else i > end):
        kept.append(i)
        i += step
    return kept


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape = draw(shapes())[: draw(st.integers(2, 4))]
    ends = st.none() | st.integers(-11, 11)
    steps = st.integers(-4, 4).filter(bool)
    slices = tuple(draw(st.none() | st.tuples(ends, ends, steps)) for _ in shape[1:])
    cut = zip(shape[1:], slices, strict=True)
    assume(all(part is None or range(n)[slice(*part)] for n, part in cut))
    return Slice(slices), shape, draw(seeds)


@given(examples())
def test_equals_the_naive_definition(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    assert_close(layer(x), naive_slice(x, layer.slices))


@given(examples())
@settings(max_examples=30)
def test_slice_contract(example: Example) -> None:
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
    expected = copying_vjp(lambda v: naive_slice(v, layer.slices), x, dy)
    assert_close(layer.backward(dy, cache), expected)


def test_what_a_place_sees() -> None:
    layer = Slice(((2, None, 3), (None, None, -1), None))
    assert layer.sees(0, 1, 2) == (5, 8)
    assert layer.sees(1, 1, 2) is None
    assert Slice((None, (-3, None, 1), None)).sees(1, 0, 1) is None
    assert Slice((None, (None, 3, 1), None)).sees(1, 0, 1) == (0, 1)
    assert Slice((None, None, (1, 2, 1))).sees(0, 1, 2) == (1, 2)
    assert Slice((None, None, (1, 2, 1))).window == POINTWISE
    assert layer.window is None
    assert Slice((None,)).sees(0, 1, 2) is None


@pytest.mark.parametrize(
    "slices", [[None], ((1, 2),), ((1, 2, 0),), ((1, 2.5, 1),), ((1, 2, None),), (slice(1, 2),)]
)
def test_refuses_bad_parameters(slices: object) -> None:
    message = r"Slice\.slices must be a tuple of \(start, stop, step\) or None, with steps not 0, g"
    with pytest.raises(ParameterError, match=message):
        Slice(slices)


@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (2, 3, 4, 5), (2, 3, 2)])
def test_refuses_bad_shapes(shape: tuple[int, ...]) -> None:
    layer = Slice((None, (2, 9, 1)))
    with pytest.raises(ShapeError, match=r"takes arrays of rank 3 of which something is left, got"):
        layer.output_shape(shape)
    assert layer.output_shape((2, 3, 4)) == (2, 3, 2)
