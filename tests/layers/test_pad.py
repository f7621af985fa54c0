"""Pad against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Pad
from inverse.layers.windows import POINTWISE
from inverse.testing import check_adjoint, check_layer
from tests.layers.copying import copying_vjp
from tests.support import Array, assert_close, normal, seeds, shapes

Example = tuple[Pad, tuple[int, ...], int]


def naive_pad(x: Array, pads: tuple[tuple[int, int], ...], mode: str, value: float) -> Array:
    """Each place of y by itself: the place of x along every axis from which it comes."""
    y = np.full(
        [n + before + after for n, (before, after) in zip(x.shape, pads, strict=True)], value
    )
    for at in np.ndindex(*y.shape):
        places = [i - before for i, (before, _) in zip(at, pads, strict=True)]
        source = tuple(naive_source(i, n, mode) for i, n in zip(places, x.shape, strict=True))
        if all(0 <= i < n for i, n in zip(source, x.shape, strict=True)):
            y[at] = x[source]
    return y


def naive_source(i: int, n: int, mode: str) -> int:
    if mode == "reflect":
        return abs(i) if i < n else 2 * (n - 1) - i
    if mode == "edge":
        return min(max(i, 0), n - 1)
    return i % n if mode == "wrap" else i


@st.composite
def examples(draw: st.DrawFn) -> Example:
    shape = draw(shapes(h=(3, 6), w=(3, 6)))[: draw(st.integers(2, 4))]
    mode = draw(st.sampled_from(["constant", "reflect", "edge", "wrap"]))

    def amounts(n: int) -> tuple[int, int]:
        if mode == "constant":
            before = draw(st.integers(1 - n, 3))
            return before, draw(st.integers(1 - n - min(before, 0), 3))
        most = {"reflect": n - 1, "edge": 5, "wrap": n}[mode]
        return draw(st.integers(0, most)), draw(st.integers(0, most))

    pads = ((0, 0), *(amounts(n) if draw(st.booleans()) else (0, 0) for n in shape[1:]))
    value = draw(st.sampled_from([0.0, -1.5])) if mode == "constant" else 0.0
    return Pad(pads, mode, value), shape, draw(seeds)


@given(examples())
@settings(max_examples=60)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    assert_close(layer(x), naive_pad(x, layer.pads, layer.mode, layer.value))


@given(examples())
@settings(max_examples=60)
def test_equals_numpy(example: Example) -> None:
    layer, shape, seed = example
    if min(map(min, layer.pads)) >= 0:
        x = normal(seed, shape)
        given = {"constant_values": layer.value} if layer.mode == "constant" else {}
        assert_close(layer(x), np.pad(x, layer.pads, layer.mode, **given))


@given(examples())
@settings(max_examples=30)
def test_pad_contract(example: Example) -> None:
    layer, shape, seed = example
    check_layer(layer, normal(seed, shape), rng=seed)
    check_adjoint(Pad(layer.pads, layer.mode), normal(seed, shape), rng=seed)


@given(examples())
@settings(max_examples=30)
def test_backward_equals_autograd(example: Example) -> None:
    layer, shape, seed = example
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = copying_vjp(lambda v: naive_pad(v, layer.pads, layer.mode, -1.0), x, dy)
    assert_close(layer.backward(dy, cache), expected)


def test_what_a_place_sees() -> None:
    rows = ((0, 0), (2, 1), (0, 0), (0, 0))
    assert Pad(rows).sees(0, 3, 5) == (1, 3)
    assert Pad(rows, "edge").sees(0, 3, 5) is None
    assert Pad(rows, "edge").sees(1, 3, 5) == (3, 5)
    assert Pad(rows).window is None
    assert Pad(((0, 0), (0, 0), (0, 0), (0, 4))).window == POINTWISE
    assert Pad(rows[:2]).sees(0, 3, 5) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((((0, 0), (1,)),), r"Pad\.pads must be a tuple of pairs of whole numbers \(before, after"),
        ((((0, 0), (1, 0.5)),), r"Pad\.pads must be a tuple of pairs of whole numbers"),
        ((((1, 0), (0, 0)),), r"Pad\.pads must begin with \(0, 0\), for the batch, got \(\(1, 0\)"),
        (((),), r"Pad\.pads must begin with \(0, 0\), for the batch, got \(\)"),
        ((((0, 0), (-1, 0)), "edge"), r"Pad\.pads must not be negative in mode 'edge', got"),
        ((((0, 0),), "mirror"), r"Pad\.mode must be one of constant, reflect, edge, wrap, got 'm"),
        ((((0, 0),), "constant", np.nan), r"Pad\.value must be a finite number, got nan"),
    ],
)
def test_refuses_bad_parameters(given: tuple[object, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Pad(*given)


@pytest.mark.parametrize(
    ("pads", "mode"), [((3, 0), "reflect"), ((0, 4), "wrap"), ((-2, -1), "constant")]
)
def test_refuses_arrays_that_are_too_small(pads: tuple[int, int], mode: str) -> None:
    layer = Pad(((0, 0), pads), mode)
    with pytest.raises(ShapeError, match=r"Pad with pads .* takes arrays of rank 2 that are large"):
        layer(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=rf"in mode '{mode}' takes arrays of rank 2"):
        layer(np.ones((2, 5, 3)))
    assert layer.output_shape((2, 4)) == (2, 4 + sum(pads))
