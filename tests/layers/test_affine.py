"""Affine against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Affine
from inverse.layers.windows import POINTWISE
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp

Example = tuple[Affine, Array, int]


def naive_affine(x: Array, layer: Affine) -> Array:
    """Scale and shift of every place, where an axis of size 1 has the same value all along."""
    scale, shift = np.asarray(layer.scale), np.asarray(layer.shift)
    y = np.zeros(np.broadcast_shapes(x.shape, scale.shape, shift.shape))
    for at in np.ndindex(*y.shape):
        y[at] = value_at(scale, at) * value_at(x, at) + value_at(shift, at)
    return y


def value_at(values: Array, at: tuple[int, ...]) -> float:
    own = at[len(at) - values.ndim :]
    return values[tuple(0 if n == 1 else i for i, n in zip(own, values.shape, strict=True))]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    whole, seed = draw(shapes(h=(3, 6), w=(3, 6)))[: draw(st.integers(2, 4))], draw(seeds)

    def some(shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(1 if draw(st.booleans()) else size for size in shape)

    def values(seed: int) -> Array | float:
        if draw(st.booleans()):
            return draw(st.sampled_from([0.0, 1.0, -2, 0.5]))
        return normal(seed, some(whole[draw(st.integers(1, len(whole))) :]))

    x = normal(seed, (whole[0], *some(whole[1:])))
    return Affine(values(seed + 1), values(seed + 2)), x, seed


@given(examples())
@settings(max_examples=50)
def test_equals_the_naive_definition(example: Example) -> None:
    layer, x, _ = example
    assert_close(layer(x), naive_affine(x, layer))


@given(examples())
@settings(max_examples=25)
def test_affine_contract(example: Example) -> None:
    layer, x, seed = example
    check_layer(layer, x, rng=seed)
    check_adjoint(Affine(layer.scale), x, rng=seed)


@given(examples())
@settings(max_examples=25)
def test_backward_equals_autograd(example: Example) -> None:
    layer, x, seed = example
    y, cache = layer.forward(x)
    dy = normal(seed + 9, y.shape)
    expected = vjp(lambda v: layer.scale * v + layer.shift, x, dy)
    assert_close(layer.backward(dy, cache), expected, rtol=1e-9)


def test_only_constants_without_places_are_the_same_everywhere() -> None:
    assert Affine(np.ones((1, 1, 5)), np.float64(2)).window == POINTWISE
    assert Affine(np.ones(5), 2).window == POINTWISE
    positional = Affine(1.0, np.ones((1, 4, 1)))
    assert positional.window is None
    assert positional.sees(1, 2, 5) == (2, 5)


def test_constants_of_float64_do_not_promote() -> None:
    x = np.ones((2, 3), dtype=np.float32)
    layer = Affine(np.float64(0.1), np.ones(3))
    y, cache = layer.forward(x)
    assert y.dtype == layer.backward(y, cache).dtype == np.float32


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": "2"}, r"Affine\.scale must be a finite number or an array, got '2'"),
        ({"shift": np.inf}, r"Affine\.shift must be a finite number or an array, got inf"),
        ({"scale": np.ones(3, int)}, r"Affine\.scale must be a NumPy array of floats, got int64"),
        ({"shift": np.full(3, np.nan)}, r"Affine\.shift must be finite, got 3 values that are not"),
    ],
)
def test_refuses_bad_parameters(given: dict[str, Array], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Affine(**given)


@pytest.mark.parametrize("shape", [(), (2,), (2, 4), (2, 5, 4)])
def test_refuses_what_does_not_broadcast(shape: tuple[int, ...]) -> None:
    message = r"Affine with scale of shape \(3,\) and shift of shape \(\) takes batches of images"
    with pytest.raises(ShapeError, match=message):
        Affine(np.ones(3)).output_shape(shape)
