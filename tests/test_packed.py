"""The checks of `inverse.testing` on joins: right ones pass, and broken ones are caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inverse.arrays import Shape
from inverse.errors import InputError
from inverse.layers import Clamp, Concat, Join, Mul
from inverse.testing import check_adjoint, check_layer
from inverse.testing.packed import Packed, as_layer, pack
from tests.support import Array, normal

XS = (normal(0, (3, 5, 4, 2)), normal(1, (3, 1, 4, 2)))


class Scaled(Join):
    """y = a b, with one b for a whole column: correct, and what the broken ones are made from."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def forward(self, *xs: Array) -> tuple[Array, Any]:
        a, b = xs
        return a * b, (a, b)

    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        a, b = cache
        return dy * b, np.sum(dy * a, axis=1, keepdims=True)


class WrongSecond(Scaled):
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        da, db = super().backward(dy, cache)
        return da, -db


class Exchanged(Scaled):
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        return super().backward(dy, cache)[::-1]


class NotSummed(Scaled):
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        return dy * cache[1], dy * cache[0]


class OnlyFirst(Scaled):
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        return super().backward(dy, cache)[:1]


class WrongShape(Scaled):
    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[1]


class WritesToSecond(Scaled):
    def forward(self, *xs: Array) -> tuple[Array, Any]:
        y, cache = super().forward(*(x.copy() for x in xs))
        xs[1][:] *= 2
        return y, cache


class MixesSecond(Scaled):
    def forward(self, *xs: Array) -> tuple[Array, Any]:
        return super().forward(xs[0], np.broadcast_to(xs[1][:1], xs[1].shape))


class PromotesSecond(Scaled):
    def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
        da, db = super().backward(dy, cache)
        return da, db * np.float64(1)


BROKEN: dict[type[Join], str] = {
    WrongSecond: r"backward disagrees with finite differences \(wrong factor, sign",
    Exchanged: r"backward disagrees with finite differences \(wrong factor, sign",
    NotSummed: r"backward gives a dx that does not fit x: expected shape \(3, 48\), got \(3, 80\)",
    OnlyFirst: r"backward gives a dx that does not fit x: expected shape \(3, 48\), got \(3, 40\)",
    WrongShape: r"forward disagrees with output_shape: expected shape \(3, 1, 4, 2\), got \(3, 5",
    WritesToSecond: r"forward writes to its input x",
    MixesSecond: r"forward mixes the images of a batch, image 1 alone differs",
    PromotesSecond: r"dx should be float32 for float32 input, got float64",
}


def test_right_joins_pass() -> None:
    check_layer(Scaled(), XS)
    check_layer(Mul(), XS, rng=3)
    check_layer(Concat(1), XS)
    check_adjoint(Concat(1), XS)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_join_is_caught_by_its_own_message(broken: type[Join]) -> None:
    with pytest.raises(AssertionError, match=BROKEN[broken]) as caught:
        check_layer(broken(), XS)
    assert str(caught.value).startswith(f"{broken.__name__}: ")


def test_a_broken_adjoint_is_caught() -> None:
    class Reversed(Concat):
        def backward(self, dy: Array, cache: Any) -> tuple[Array, ...]:
            return tuple(dx[:, ::-1] for dx in super().backward(dy, cache))

    with pytest.raises(AssertionError, match=r"^Reversed: backward is not the adjoint of forward"):
        check_adjoint(Reversed(1), XS)
    with pytest.raises(AssertionError, match=r"^Mul: forward is not linear, f\(2x - 3z\) is not 2"):
        check_adjoint(Mul(), XS)


def test_inputs_are_packed_image_by_image() -> None:
    a, b = np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[5.0], [6.0]])
    assert pack((a, b)).tolist() == [[1, 2, 5], [3, 4, 6]]
    layer, x = as_layer(Concat(), (a[:, 0], b))
    assert isinstance(layer, Packed)
    y, cache = layer.forward(x)
    assert y.tolist() == [[1, 2, 5], [3, 4, 6]]
    assert layer.output_shape(x.shape) == (2, 3)
    assert layer.backward(10 * y, cache).tolist() == [[10, 20, 50], [30, 40, 60]]


def test_a_layer_stays_as_it_is() -> None:
    clamp = Clamp()
    assert as_layer(clamp, XS[0]) == (clamp, XS[0])


@pytest.mark.parametrize("check", [check_layer, check_adjoint])
def test_refuses_inputs_that_show_nothing(check: Any) -> None:
    with pytest.raises(InputError, match=rf"{check.__name__} takes a batch of at least two images"):
        check(Scaled(), tuple(x[:1] for x in XS))
    with pytest.raises(InputError, match=rf"{check.__name__} takes finite values that are not all"):
        check(Scaled(), tuple(0 * x for x in XS))
