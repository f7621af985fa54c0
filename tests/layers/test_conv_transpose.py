"""ConvTranspose2d against its formula."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Conv2d, ConvTranspose2d
from inverse.testing import check_adjoint, check_layer
from tests.layers.geometry import places, windows
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


def naive_conv_transpose(x: Array, layer: ConvTranspose2d) -> Array:
    """Every number of x adds its filter, so many times, to y; what is taken off is not there."""
    n, rows, cols, features = layer.output_shape(x.shape)
    y = np.zeros((n, rows, cols, features))
    size = layer.weight.shape[2]
    for i, j, c in np.ndindex(x.shape[1:]):
        first = size * (c // (x.shape[3] // layer.groups))
        for (k, m), (h, w) in places(layer.convolution, i, j, (rows, cols)):
            y[:, h, w, first : first + size] += x[:, i, j, c, None] * layer.weight[k, m, :, c]
    return y if layer.bias is None else y + layer.bias


def differentiable(x: Array, layer: ConvTranspose2d) -> Array:
    """The same in autograd.numpy, as a sum over the numbers of x, without the bias."""
    unit, shape = np.zeros((1, *x.shape[1:])), layer.output_shape(x.shape)
    y = anp.zeros(shape)
    for at in np.ndindex(x.shape[1:]):
        unit[(0, *at)] = 1
        filters = naive_conv_transpose(unit, layer)
        y = y + x[(slice(None), *at)][:, None, None, None] * filters
        unit[(0, *at)] = 0
    return y


@st.composite
def examples(draw: st.DrawFn, bias: bool | None = None) -> tuple[ConvTranspose2d, Array, int]:
    seed, (n, h, w, size) = draw(seeds), draw(shapes(h=(1, 5), w=(1, 5), c=(1, 3)))
    groups, features = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    window, extra = draw(windows()), draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    weight = normal(seed + 2, (*window.kernel, features, groups * size))
    with_bias = draw(st.booleans()) if bias is None else bias
    shift = normal(seed + 3, (groups * features,)) if with_bias else None
    layer = ConvTranspose2d(
        weight, shift, window.stride, window.pads, extra, window.dilation, groups
    )
    rows, cols = (
        window.covered(axis, count) - window.pads[axis] - window.pads[axis + 2] + extra[axis]
        for axis, count in enumerate((h, w))
    )
    assume(rows > 0 and cols > 0)
    return layer, normal(seed, (n, h, w, size * groups)), seed


@given(examples())
def test_equals_the_naive_definition(example: tuple[ConvTranspose2d, Array, int]) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_conv_transpose(x, layer))


@given(examples())
@settings(max_examples=25)
def test_conv_transpose_contract(example: tuple[ConvTranspose2d, Array, int]) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)


@given(examples(bias=False))
@settings(max_examples=25)
def test_adjoint_contract(example: tuple[ConvTranspose2d, Array, int]) -> None:
    layer, x, seed = example
    check_adjoint(layer, x, rng=seed)


@given(examples())
@settings(max_examples=10)
def test_backward_equals_autograd(example: tuple[ConvTranspose2d, Array, int]) -> None:
    layer, x, seed = example
    linear = ConvTranspose2d(
        layer.weight, None, layer.stride, layer.pads, layer.output_padding, layer.dilation,
        layer.groups,
    )  # fmt: skip
    y, cache = layer.forward(x)
    dy = normal(seed + 1, y.shape)
    expected = vjp(lambda v: differentiable(v, linear), x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def test_is_the_backward_of_the_convolution_with_the_same_filters() -> None:
    weight, x = normal(0, (3, 2, 4, 5)), normal(1, (2, 8, 7, 4))
    geometry = {"stride": (2, 3), "pads": (1, 0, 1, 1)}
    convolution = Conv2d(weight, None, **geometry)
    y, cache = convolution.forward(x)
    layer = ConvTranspose2d(weight, None, **geometry, output_padding=(1, 0))
    assert_close(layer(y), convolution.backward(y, cache))
    assert_close(layer.backward(x, y.shape[1:3]), y)


@given(examples(), st.integers(0, 1), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=50)
def test_sees_what_reaches_a_row(
    example: tuple[ConvTranspose2d, Array, int], axis: int, first: int, last: int
) -> None:
    layer, x, _ = example
    size, window = layer.output_shape(x.shape)[axis + 1], layer.convolution
    first, last = sorted((first % size, last % size))
    reach = [
        i
        for i in range(-30, 30)
        for k in range(window.kernel[axis])
        if first <= i * window.stride[axis] - window.pads[axis] + k * window.dilation[axis] <= last
    ]
    start, end = layer.sees(axis, first, last)
    assert all(start <= i <= end for i in reach)
    if window.dilation[axis] == 1 and reach:
        assert (start, end) == (min(reach), max(reach))


WEIGHT = np.ones((3, 2, 4, 6))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weight": np.ones((3, 3))}, r"ConvTranspose2d\.weight must have four axes, none empty"),
        ({"bias": np.ones(4)}, r"ConvTranspose2d\.bias must have shape \(8,\), one number a featu"),
        ({"groups": 4}, r"ConvTranspose2d\.groups must divide the last axis of weight, got 4 grou"),
        ({"output_padding": (-1, 0)}, r"ConvTranspose2d\.output_padding must be a tuple of 2 whol"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ConvTranspose2d(**{"weight": WEIGHT, "groups": 2, **given})


def test_refuses_bad_shapes() -> None:
    with pytest.raises(ShapeError, match=r"ConvTranspose2d takes 6 channels, got shape \(1, 5, 5"):
        ConvTranspose2d(WEIGHT).forward(np.ones((1, 5, 5, 4)))
    message = r"ConvTranspose2d with pads \(2, 0, 2, 0\) leaves nothing of 1x5, got an output of -1"
    with pytest.raises(ShapeError, match=message):
        ConvTranspose2d(WEIGHT, pads=(2, 0, 2, 0)).forward(np.ones((1, 1, 5, 6)))
