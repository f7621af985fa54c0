"""Layers that keep every value and change its place, against their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import (
    DepthToSpace,
    Expand,
    Flatten,
    Identity,
    Layer,
    Reshape,
    SpaceToDepth,
    Squeeze,
    Transpose,
    Unsqueeze,
)
from inverse.testing import check_adjoint, check_layer
from tests.layers.copying import copying_vjp
from tests.support import Array, assert_close, normal, seeds, shapes


class Example(NamedTuple):
    """A layer, the shape of its input, and its definition."""

    layer: Layer
    shape: tuple[int, ...]
    naive: Callable[[Array], Array]


def counted(x: Array, shape: tuple[int, ...]) -> Array:
    """Value number d of each image, counted with the last axis fastest, stays number d."""
    y = np.zeros((len(x), *shape))
    for n in range(len(x)):
        places = np.ndindex(*shape)
        for at in np.ndindex(*x.shape[1:]):
            y[(n, *next(places))] = x[(n, *at)]
    return y


@st.composite
def reshapes(draw: st.DrawFn) -> Example:
    shape = draw(shapes())
    factors = [f for size in shape[1:] for f in ((2, size // 2) if size % 2 == 0 else (size,))]
    wanted = tuple(draw(st.permutations(factors)))
    given = list(wanted)
    if draw(st.booleans()):
        given[draw(st.integers(0, len(given) - 1))] = -1
    return Example(Reshape(tuple(given)), shape, lambda x: counted(x, wanted))


@st.composite
def flattens(draw: st.DrawFn) -> Example:
    shape, first = draw(shapes())[: draw(st.integers(1, 4))], draw(st.booleans())
    return Example(Flatten(first), shape, lambda x: naive_flatten(x, first))


def naive_flatten(x: Array, channels_first: bool) -> Array:
    y = np.zeros((len(x), math.prod(x.shape[1:])))
    if not channels_first or x.ndim != 4:
        return counted(x, y.shape[1:])
    rows, cols = x.shape[1:3]
    for n, h, w, c in np.ndindex(*x.shape):
        y[n, (c * rows + h) * cols + w] = x[n, h, w, c]
    return y


@st.composite
def transposes(draw: st.DrawFn) -> Example:
    shape = draw(shapes())[: draw(st.integers(2, 4))]
    axes = (0, *draw(st.permutations(range(1, len(shape)))))

    def naive(x: Array) -> Array:
        y = np.zeros([x.shape[axis] for axis in axes])
        for at in np.ndindex(*x.shape):
            y[tuple(at[axis] for axis in axes)] = x[at]
        return y

    return Example(Transpose(axes), shape, naive)


@st.composite
def squeezes(draw: st.DrawFn, reverse: bool = False) -> Example:
    """`Squeeze`, or in reverse `Unsqueeze`: the values stay, so that only the shape counts."""
    long = list(draw(shapes()))
    found: list[int] = []
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(1, len(long)))
        found = [axis + (axis >= at) for axis in found] + [at]
        long.insert(at, 1)
    short = tuple(size for axis, size in enumerate(long) if axis not in found)
    axes = tuple(a - draw(st.sampled_from([0, len(long)])) for a in draw(st.permutations(found)))
    if reverse:
        return Example(Unsqueeze(axes), short, lambda x: counted(x, tuple(long[1:])))
    return Example(Squeeze(axes), tuple(long), lambda x: counted(x, short[1:]))


@st.composite
def expands(draw: st.DrawFn) -> Example:
    wanted = draw(shapes())[: draw(st.integers(2, 4))]
    shape = (wanted[0], *(1 if draw(st.booleans()) else size for size in wanted[1:]))

    def naive(x: Array) -> Array:
        y = np.zeros(wanted)
        for at in np.ndindex(*wanted):
            y[at] = x[tuple(min(i, n - 1) for i, n in zip(at, x.shape, strict=True))]
        return y

    return Example(Expand(wanted[1:]), shape, naive)


@st.composite
def blocks(draw: st.DrawFn, reverse: bool = False) -> Example:
    n, h, w, c = draw(shapes(h=(1, 4), w=(1, 4)))
    b, mode = draw(st.integers(1, 3)), draw(st.sampled_from(["DCR", "CRD"]))

    def depth_to_space(x: Array) -> Array:
        y = np.zeros((n, h * b, w * b, c))
        for at in np.ndindex(n, h, b, w, b, c):
            m, row, i, col, j, k = at
            channel = (i * b + j) * c + k if mode == "DCR" else (k * b + i) * b + j
            y[m, row * b + i, col * b + j, k] = x[m, row, col, channel]
        return y

    def space_to_depth(x: Array) -> Array:
        y = np.zeros((n, h, w, b * b * c))
        for m, row, i, col, j, k in np.ndindex(n, h, b, w, b, c):
            y[m, row, col, (i * b + j) * c + k] = x[m, row * b + i, col * b + j, k]
        return y

    if reverse:
        return Example(SpaceToDepth(b), (n, h * b, w * b, c), space_to_depth)
    return Example(DepthToSpace(b, mode), (n, h, w, b * b * c), depth_to_space)


FAMILIES = {
    "identity": shapes().map(lambda shape: Example(Identity(), shape, lambda x: x)),
    "reshape": reshapes(),
    "flatten": flattens(),
    "transpose": transposes(),
    "squeeze": squeezes(),
    "unsqueeze": squeezes(reverse=True),
    "expand": expands(),
    "depth to space": blocks(),
    "space to depth": blocks(reverse=True),
}
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


@every_family
@given(data=st.data(), seed=seeds)
@settings(max_examples=20)
def test_equals_the_naive_definition(
    family: st.SearchStrategy[Example], data: st.DataObject, seed: int
) -> None:
    layer, shape, naive = data.draw(family)
    x = normal(seed, shape)
    assert_close(layer(x), naive(x))


@every_family
@given(data=st.data(), seed=seeds)
@settings(max_examples=10)
def test_rearranging_contract(
    family: st.SearchStrategy[Example], data: st.DataObject, seed: int
) -> None:
    layer, shape, _ = data.draw(family)
    # a batch of numbers is no batch of images to the checks
    x = normal(seed, shape if len(shape) > 1 else (*shape, 1))
    check_layer(layer, x, rng=seed)
    check_adjoint(layer, x, rng=seed)


@every_family
@given(data=st.data(), seed=seeds)
@settings(max_examples=10)
def test_backward_equals_autograd(
    family: st.SearchStrategy[Example], data: st.DataObject, seed: int
) -> None:
    layer, shape, naive = data.draw(family)
    x = normal(seed, shape)
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    assert_close(layer.backward(dy, cache), copying_vjp(naive, x, dy))


def test_the_two_orders_of_blocks() -> None:
    x = np.arange(8.0).reshape(1, 1, 1, 8)
    assert DepthToSpace(2)(x)[0, :, :, 1].tolist() == [[1, 3], [5, 7]]
    assert DepthToSpace(2, "CRD")(x)[0, :, :, 1].tolist() == [[4, 5], [6, 7]]
    assert np.array_equal(SpaceToDepth(2)(DepthToSpace(2)(x)), x)


def test_what_a_place_of_a_block_sees() -> None:
    assert DepthToSpace(3).sees(0, 2, 6) == (0, 2)
    assert SpaceToDepth(3).sees(1, 1, 2) == (3, 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Reshape([2]), r"Reshape\.shape must be a tuple of positive whole numbers, or -1"),
        (lambda: Reshape((0, 2)), r"Reshape\.shape must be a tuple of positive .*got \(0, 2\)"),
        (lambda: Reshape((-1, -1)), r"Reshape\.shape must be a tuple of positive .*got \(-1, -1\)"),
        (lambda: Transpose((1, 0)), r"Transpose\.axes must be a permutation of 0, 1, … that beg"),
        (lambda: Transpose((0, 2)), r"Transpose\.axes must be a permutation .*got \(0, 2\)"),
        (lambda: Transpose(()), r"Transpose\.axes must be a permutation .*got \(\)"),
        (lambda: Squeeze((0,)), r"Squeeze\.axes must be a tuple of different whole numbers other"),
        (lambda: Squeeze(()), r"Squeeze\.axes must be a tuple of different .*got \(\)"),
        (lambda: Unsqueeze((1, 1)), r"Unsqueeze\.axes must be a tuple of diff.*got \(1, 1\)"),
        (lambda: Expand((0,)), r"Expand\.shape must be a tuple of positive whole numbers, got"),
        (lambda: DepthToSpace(0), r"DepthToSpace\.block must be a whole number of at least 1, got"),
        (lambda: DepthToSpace(2, "RCD"), r"DepthToSpace\.mode must be 'DCR' or 'CRD', got 'RCD'"),
        (lambda: SpaceToDepth(1.5), r"SpaceToDepth\.block must be a whole number of at least 1, g"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_refuses_bad_parameters(make: Callable[[], Layer], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            Reshape((4, 5)),
            (2, 21),
            r"Reshape to \(4, 5\) takes batches of images of as many values",
        ),
        (Reshape((4, -1)), (2, 3, 3), r"Reshape to \(4, -1\) takes .*got shape \(2, 3, 3\)"),
        (Flatten(), (), r"Flatten takes batches of images, got shape \(\)"),
        (Transpose((0, 2, 1)), (2, 3), r"Transpose with axes \(0, 2, 1\) takes arrays of rank 3"),
        (Squeeze((1,)), (2, 3, 1), r"Squeeze takes arrays with axes \(1,\) of size 1, got shape"),
        (Squeeze((-3,)), (1, 3, 1), r"Squeeze takes arrays with different axes \(-3,\) after axis"),
        (Unsqueeze((1, -3)), (2, 3), r"Unsqueeze takes arrays with different axes \(1, -3\) after"),
        (Unsqueeze((4,)), (2, 3, 3), r"Unsqueeze takes .* after axis 0, got shape \(2, 3, 3\)"),
        (Expand((3, 4)), (2, 3, 2), r"Expand to \(3, 4\) takes batches of images of this shape or"),
        (Expand((3, 4)), (2, 4), r"Expand to \(3, 4\) takes .*got shape \(2, 4\)"),
        (DepthToSpace(2), (2, 3, 3, 6), r"DepthToSpace with blocks of 2x2 takes a multiple of 4 c"),
        (SpaceToDepth(2), (2, 4, 3, 6), r"SpaceToDepth with blocks of 2x2 takes images of whole b"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_refuses_bad_shapes(layer: Layer, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer.output_shape(shape)
