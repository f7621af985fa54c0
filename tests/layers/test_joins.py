"""The elementwise joins against their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import ParameterError, ShapeError
from inverse.layers import Add, Div, Join, Maximum, Minimum, Mul, Sub
from inverse.testing import check_adjoint, check_layer
from tests.support import Array, assert_close, normal, seeds, shapes, vjp


class Case(NamedTuple):
    """A join, its definition for numbers, and the same in autograd.numpy."""

    join: Join
    naive: Callable[..., float]
    differentiable: Callable[..., Any]
    count: int = 2


CASES = {
    "add": Case(Add(), lambda a, b: a + b, lambda a, b: a + b),
    "add, three": Case(Add(), lambda *xs: sum(xs), lambda a, b, c: a + b + c, 3),
    "sub": Case(Sub(), lambda a, b: a - b, lambda a, b: a - b),
    "mul": Case(Mul(), lambda a, b: a * b, lambda a, b: a * b),
    "div": Case(
        Div(0.5),
        lambda a, b: a / b if abs(b) >= 0.5 else 0,
        lambda a, b: anp.where(anp.abs(b) >= 0.5, a / b, 0),
    ),
    "maximum": Case(Maximum(), lambda a, b: a if a >= b else b, anp.maximum),
    "minimum": Case(Minimum(), lambda a, b: a if a <= b else b, anp.minimum),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@st.composite
def broadcasting(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], int]:
    """Three shapes that broadcast, of equal rank and batch, and a seed."""
    whole = draw(shapes(h=(3, 6), w=(3, 6)))[: draw(st.integers(2, 4))]
    ones = draw(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=3, max_size=3))
    kept = [
        (whole[0], *(1 if one else size for one, size in zip(own, whole[1:], strict=False)))
        for own in ones
    ]
    return kept, draw(seeds)


def inputs(case: Case, example: tuple[list[tuple[int, ...]], int]) -> list[Array]:
    kept, seed = example
    return [normal(seed + i, shape) for i, shape in enumerate(kept[: case.count])]


def naive_join(case: Case, xs: list[Array]) -> Array:
    """The function of every place, where an axis of size 1 has the same value all along."""
    y = np.zeros([max(sizes) for sizes in zip(*(x.shape for x in xs), strict=True)])
    for at in np.ndindex(*y.shape):
        y[at] = case.naive(
            *(x[tuple(0 if n == 1 else i for i, n in zip(at, x.shape, strict=True))] for x in xs)
        )
    return y


@every_case
@given(example=broadcasting())
@settings(max_examples=25)
def test_equals_the_naive_definition(case: Case, example: Any) -> None:
    xs = inputs(case, example)
    assert_close(case.join(*xs), naive_join(case, xs))


@every_case
@given(example=broadcasting())
@settings(max_examples=10)
def test_join_contract(case: Case, example: Any) -> None:
    check_layer(case.join, tuple(inputs(case, example)), rng=example[1])


@pytest.mark.parametrize("name", ["add", "add, three", "sub"])
@given(example=broadcasting())
@settings(max_examples=10)
def test_adjoint_contract(name: str, example: Any) -> None:
    check_adjoint(CASES[name].join, tuple(inputs(CASES[name], example)), rng=example[1])


@every_case
@given(example=broadcasting())
@settings(max_examples=15)
def test_backward_equals_autograd(case: Case, example: Any) -> None:
    xs = inputs(case, example)
    y, cache = case.join.forward(*xs)
    dy = normal(example[1] + 9, y.shape)
    for i, found in enumerate(case.join.backward(dy, cache)):
        expected = vjp(lambda v, i=i: case.differentiable(*xs[:i], v, *xs[i + 1 :]), xs[i], dy)
        assert_close(found, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("join", "a", "b", "y", "da", "db"),
    [
        (Maximum(), 2, 2, 2, 1, 0),
        (Minimum(), 2, 2, 2, 1, 0),
        (Div(), 3, 0, 0, 0, 0),
        (Div(), 0, 0, 0, 0, 0),
        (Div(), 3, 1e-16, 0, 0, 0),
        (Div(0.5), 3, -0.5, -6, -2, -12),
    ],
    ids=str,
)
def test_ties_and_guards(join: Join, a: float, b: float, y: float, da: float, db: float) -> None:
    found, cache = join.forward(*(np.array([[v]], dtype=np.float32) for v in (a, b)))
    assert found.tolist() == [[y]]
    back = join.backward(np.ones((1, 1), dtype=np.float32), cache)
    assert [dx.tolist() for dx in back] == [[[da]], [[db]]]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.count == 2])
def test_refuses_what_does_not_fit(name: str) -> None:
    case = CASES[name]
    owner = type(case.join).__name__
    a, b = np.ones((2, 3, 4)), np.ones((2, 4))
    with pytest.raises(
        ShapeError, match=rf"{owner} takes inputs of equal rank, since axis 0 is the"
    ):
        case.join(a, b)
    with pytest.raises(ShapeError, match=rf"{owner} takes batches of equally many images, got"):
        case.join(a, a[:1])
    with pytest.raises(
        ShapeError, match=rf"{owner} takes inputs that broadcast, got shapes \(2, 3"
    ):
        case.join(a, a[:, :2])
    with pytest.raises(ShapeError, match=rf"{owner} takes two (or more )?inputs, got 1"):
        case.join.output_shape((2, 3))


def test_only_a_sum_takes_three() -> None:
    with pytest.raises(ShapeError, match=r"Mul takes two inputs, got 3"):
        Mul().output_shape((2, 3), (2, 3), (2, 3))


def test_refuses_bad_parameters() -> None:
    with pytest.raises(ParameterError, match=r"Div\.minimum must be a finite number of at least"):
        Div(0)
