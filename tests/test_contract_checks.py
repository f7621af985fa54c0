"""The checks of `inverse.testing`, on layers and terms that are broken on purpose.

Each breaks one clause of the contract, and must be caught by the message of that clause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from inverse.arrays import Shape
from inverse.errors import InputError
from inverse.layers import Layer
from inverse.testing import check_adjoint, check_layer, check_term
from tests.broken_layers import (
    BROKEN_LAYERS,
    ForgottenBorder,
    Square,
    TransposedGradient,
    WrongFactor,
)
from tests.support import Array, normal


def per_image(x: Array) -> Array:
    return np.sum(x.reshape(len(x), -1), axis=1, dtype=np.float64)


def noise() -> float:
    return np.random.default_rng().uniform(0.9, 1.1)


@dataclass
class FunctionTerm:
    """A term made of a function x ↦ (values, gradient)."""

    value_and_grad: Callable[[Array], tuple[Array, Array]]


class StatefulTerm:
    def __init__(self) -> None:
        self.calls = 0

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        self.calls += 1
        return self.calls * np.sum(x * x, axis=(1, 2, 3), dtype=np.float64), 2 * x


class TermThatReusesBuffer:
    def __init__(self) -> None:
        self.gradient = np.empty((3, 5, 4, 2))

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        values = np.sum(x * x, axis=(1, 2, 3), dtype=np.float64)
        if x.dtype == np.float64 and len(x) == 3:
            return values, np.multiply(2, x, out=self.gradient)
        return values, 2 * x


class TermThatWrites:
    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        values = np.sum(x * x, axis=(1, 2, 3), dtype=np.float64)
        x *= 2
        return values, x


BROKEN_TERMS: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    r"values are summed over the batch: expected shape \(3,\), got \(\)": (
        lambda x: (np.sum(x * x, dtype=np.float64), 2 * x)
    ),
    r"there should be one value for each image: expected shape \(3,\), got \(3, 5\)": (
        lambda x: (np.sum(x * x, axis=(2, 3), dtype=np.float64), 2 * x)
    ),
    r"the value mixes the images of a batch, image 0 alone differs: expected": (
        lambda x: (per_image(x * x) / len(x), 2 * x / len(x))
    ),
    r"the gradient mixes the images of a batch, image 0 alone differs: expected": (
        lambda x: (per_image(x * x), 2 * x / len(x))
    ),
    r"the gradient disagrees with finite differences \(wrong factor, sign": (
        lambda x: (per_image(x * x), 1 * x)
    ),
    r"the gradient does not fit x: expected shape \(3, 5, 4, 2\), got \(3, 40\)": (
        lambda x: (per_image(x * x), 2 * x.reshape(len(x), -1))
    ),
    r"values should be float64 for float32 input, got float32": (
        lambda x: (per_image(x * x).astype(x.dtype), 2 * x)
    ),
    r"the gradient should be float32 for float32 input, got float64": (
        lambda x: (per_image(x * x), np.float64(2) * x)
    ),
    r"the gradient should be float64 for float64 input, got float32": (
        lambda x: (per_image(x * x), 2 * x.astype(np.float32))
    ),
    r"the value in float32 is far from float64: expected": (
        lambda x: (per_image(x * x) * (1 + 0.1 * (x.dtype == np.float32)), 2 * x)
    ),
    r"the gradient is not finite for an all-zero float64 input: nan": (
        lambda x: (per_image(np.sqrt(np.abs(x))), np.sign(x) / (2 * np.sqrt(np.abs(x))))
    ),
    r"the value is not finite for a huge \(1e6\) float64 input: inf": (
        lambda x: (per_image(np.cosh(x)), np.sinh(x))
    ),
    r"the value is not finite for a generic float64 input: nan": (
        lambda x: (per_image(x) * np.nan, 1 + 0 * x)
    ),
    r"the gradient is not finite for a generic float64 input: inf": (
        lambda x: (per_image(x * x), x + np.inf)
    ),
    r"the value is not deterministic, a second call differs": (
        lambda x: (per_image(x * x) * noise(), 2 * x)
    ),
    r"the gradient is not deterministic, a second call differs": (
        lambda x: (per_image(x * x), 2 * x * noise())
    ),
    r"the value depends on the memory layout, a Fortran-ordered array": (
        lambda x: (per_image(x.ravel(order="K").reshape(x.shape) ** 2), 2 * x)
    ),
}

X = normal(7, (3, 5, 4, 2))


def test_a_correct_layer_passes() -> None:
    check_layer(Square(), X)


def test_a_correct_layer_passes_with_a_generator_and_any_rank() -> None:
    check_layer(Square(), X[..., 0, 0], rng=np.random.default_rng(3))


def test_an_object_without_output_shape_is_checked_too() -> None:
    class Doubling:
        def forward(self, x: Array) -> tuple[Array, int]:
            return 2 * x, 2

        def backward(self, dy: Array, cache: int) -> Array:
            return cache * dy

    check_layer(Doubling(), X)
    check_adjoint(Doubling(), X)


@pytest.mark.parametrize("broken", BROKEN_LAYERS, ids=lambda broken: broken.__name__)
def test_a_broken_layer_is_caught_by_its_own_message(broken: type[Layer]) -> None:
    with pytest.raises(AssertionError, match=BROKEN_LAYERS[broken]) as caught:
        check_layer(broken(), X)
    assert str(caught.value).startswith(f"{broken.__name__}: ")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("broken", [WrongFactor, ForgottenBorder, TransposedGradient])
def test_a_wrong_gradient_is_caught_whatever_the_seed(broken: type[Layer], seed: int) -> None:
    with pytest.raises(AssertionError, match="finite differences"):
        check_layer(broken(), normal(seed, X.shape), rng=seed)


def test_correct_terms_pass() -> None:
    check_term(FunctionTerm(lambda x: (per_image(x * x), 2 * x)), X)
    check_term(FunctionTerm(lambda x: (per_image(np.abs(x) ** 3), 3 * x * np.abs(x))), X, rng=4)


@pytest.mark.parametrize("message", BROKEN_TERMS)
def test_a_broken_term_is_caught_by_its_own_message(message: str) -> None:
    with pytest.raises(AssertionError, match=f"^FunctionTerm: {message}"):
        check_term(FunctionTerm(BROKEN_TERMS[message]), X)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (StatefulTerm, "the value is not deterministic, a second call differs"),
        (TermThatReusesBuffer, "state is kept between calls, a later call changes the earlier gra"),
        (TermThatWrites, "value_and_grad writes to its input x: expected"),
    ],
)
def test_a_term_with_state_is_caught(broken: type, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_term(broken(), X)


class Mean(Layer):
    """The mean over the channels: linear."""

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], 1)

    def forward(self, x: Array) -> tuple[Array, Any]:
        return x.mean(axis=-1, keepdims=True), x.shape

    def backward(self, dy: Array, cache: Any) -> Array:
        return np.array(np.broadcast_to(dy / cache[-1], cache))


class Undivided(Mean):
    def backward(self, dy: Array, cache: Any) -> Array:
        return np.array(np.broadcast_to(dy, cache))


def test_check_adjoint() -> None:
    check_adjoint(Mean(), X)
    with pytest.raises(
        AssertionError, match=r"Undivided: backward is not the adjoint of forward, <"
    ):
        check_adjoint(Undivided(), X)
    with pytest.raises(AssertionError, match=r"Square: forward is not linear, f\(2x - 3z\) is not"):
        check_adjoint(Square(), X)


@pytest.mark.parametrize("check", [check_layer, check_term, check_adjoint])
def test_refuses_inputs_that_show_nothing(check: Any) -> None:
    with pytest.raises(InputError, match=rf"{check.__name__} takes a batch of at least two images"):
        check(Square(), X[:1])
    for values in (np.zeros(X.shape), np.full(X.shape, np.nan)):
        with pytest.raises(InputError, match=rf"{check.__name__} takes finite values that are not"):
            check(Square(), values)
