"""Elementwise layers against their definitions, each a function of one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import autograd.numpy as anp
import autograd.scipy.special as special
import numpy as np
import pytest
from hypothesis import given, settings

from inverse.errors import ParameterError
from inverse.layers import (
    ELU,
    GELU,
    Abs,
    Clip,
    Erf,
    Exp,
    HardSigmoid,
    HardSwish,
    Layer,
    LeakyReLU,
    Log,
    Power,
    Reciprocal,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Sqrt,
    Tanh,
)
from inverse.testing import check_layer
from tests.support import Array, assert_close, seeds, shapes, vjp


class Case(NamedTuple):
    """A layer, its definition for one number, the same in autograd.numpy, and inputs."""

    layer: Layer
    naive: Callable[[float], float]
    differentiable: Callable[[Array], Any]
    low: float = -4.0
    high: float = 4.0


CASES = {
    "relu": Case(ReLU(), lambda x: x if x > 0 else 0, lambda v: anp.maximum(v, 0)),
    "leaky relu": Case(
        LeakyReLU(), lambda x: x if x > 0 else 0.01 * x, lambda v: anp.where(v > 0, v, 0.01 * v)
    ),
    "leaky relu, negative": Case(
        LeakyReLU(-0.3), lambda x: x if x > 0 else -0.3 * x, lambda v: anp.where(v > 0, v, -0.3 * v)
    ),
    "relu6": Case(Clip(0, 6), lambda x: min(max(x, 0), 6), lambda v: anp.clip(v, 0, 6), -4, 10),
    "clip above": Case(Clip(maximum=1), lambda x: min(x, 1), lambda v: anp.minimum(v, 1)),
    "clip below": Case(Clip(-1), lambda x: max(x, -1), lambda v: anp.maximum(v, -1)),
    "sigmoid": Case(
        Sigmoid(), lambda x: 1 / (1 + math.exp(-x)), lambda v: 1 / (1 + anp.exp(-v)), -20, 20
    ),
    "tanh": Case(Tanh(), math.tanh, anp.tanh),
    "hard sigmoid": Case(
        HardSigmoid(),
        lambda x: max(0, min(1, 0.2 * x + 0.5)),
        lambda v: anp.clip(0.2 * v + 0.5, 0, 1),
    ),
    "hard sigmoid, falling": Case(
        HardSigmoid(-0.3, 0.2),
        lambda x: max(0, min(1, -0.3 * x + 0.2)),
        lambda v: anp.clip(-0.3 * v + 0.2, 0, 1),
    ),
    "hard swish": Case(
        HardSwish(),
        lambda x: x * max(0, min(6, x + 3)) / 6,
        lambda v: v * anp.clip(v + 3, 0, 6) / 6,
        -6,
        6,
    ),
    "silu": Case(SiLU(), lambda x: x / (1 + math.exp(-x)), lambda v: v / (1 + anp.exp(-v))),
    "gelu": Case(
        GELU(),
        lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
        lambda v: v * 0.5 * (1 + special.erf(v / math.sqrt(2))),
    ),
    "gelu, tanh": Case(
        GELU("tanh"),
        lambda x: x * 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        lambda v: v * 0.5 * (1 + anp.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))),
    ),
    "elu": Case(
        ELU(),
        lambda x: x if x > 0 else math.exp(x) - 1,
        lambda v: anp.where(v > 0, v, anp.exp(v) - 1),
    ),
    "elu, steep": Case(
        ELU(2.5),
        lambda x: x if x > 0 else 2.5 * (math.exp(x) - 1),
        lambda v: anp.where(v > 0, v, 2.5 * (anp.exp(v) - 1)),
    ),
    "erf": Case(Erf(), math.erf, special.erf),
    "exp": Case(Exp(), math.exp, anp.exp),
    "exp, guarded": Case(
        Exp(1.5), lambda x: math.exp(min(x, 1.5)), lambda v: anp.exp(anp.minimum(v, 1.5))
    ),
    "log": Case(Log(), math.log, anp.log, 0.2),
    "log, guarded": Case(
        Log(0.5), lambda x: math.log(max(x, 0.5)), lambda v: anp.log(anp.maximum(v, 0.5))
    ),
    "sqrt": Case(Sqrt(), math.sqrt, anp.sqrt, 0.2),
    "identity": Case(Power(1), lambda x: x, lambda v: v),
    "square": Case(Power(2), lambda x: x * x, lambda v: v**2),
    "cube": Case(Power(3.0), lambda x: x * x * x, lambda v: v**3),
    "inverse": Case(Power(-1), lambda x: 1 / x, lambda v: 1 / v, -4, -0.3),
    "inverse square": Case(Power(-2), lambda x: 1 / x**2, lambda v: 1 / v**2, 0.3),
    "root": Case(Power(0.5), math.sqrt, anp.sqrt, 0.2),
    "power": Case(
        Power(1.75), lambda x: max(x, 0) ** 1.75, lambda v: anp.maximum(v, 1e-300) ** 1.75
    ),
    "power of the inverse": Case(Power(-0.6), lambda x: x**-0.6, lambda v: v**-0.6, 0.3),
    "abs": Case(Abs(), abs, anp.abs),
    "reciprocal": Case(Reciprocal(), lambda x: 1 / x, lambda v: 1 / v, 0.3),
    "reciprocal, guarded": Case(
        Reciprocal(0.5),
        lambda x: 1 / x if abs(x) >= 0.5 else 0,
        lambda v: anp.where(anp.abs(v) >= 0.5, 1 / v, 0),
    ),
    "softplus": Case(
        Softplus(), lambda x: math.log(1 + math.exp(x)), lambda v: anp.log(1 + anp.exp(v))
    ),
}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def draw(case: Case, seed: int, shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(seed).uniform(case.low, case.high, shape)


@every_case
@given(shape=shapes(), seed=seeds)
@settings(max_examples=10)
def test_equals_the_naive_definition(case: Case, shape: tuple[int, ...], seed: int) -> None:
    x = draw(case, seed, shape)
    expected = np.zeros(shape)
    for at in np.ndindex(*shape):
        expected[at] = case.naive(float(x[at]))
    assert_close(case.layer(x), expected)


@every_case
@given(shape=shapes(), seed=seeds)
@settings(max_examples=4)
def test_elementwise_contract(case: Case, shape: tuple[int, ...], seed: int) -> None:
    check_layer(case.layer, draw(case, seed, shape[: 2 + seed % 3]), rng=seed)


@every_case
@given(shape=shapes(), seed=seeds)
@settings(max_examples=10)
def test_backward_equals_autograd(case: Case, shape: tuple[int, ...], seed: int) -> None:
    x = draw(case, seed, shape)
    dy = np.random.default_rng(seed + 1).standard_normal(shape)
    expected = vjp(case.differentiable, x, dy)
    assert_close(case.layer.backward(dy, case.layer.forward(x)[1]), expected, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("layer", "xs", "ys", "slopes"),
    [
        (ReLU(), [0], [0], [0]),
        (LeakyReLU(0.25), [0], [0], [0.25]),
        (Clip(-1, 2), [-1, 2], [-1, 2], [1, 1]),
        (Clip(), [-5, 5], [-5, 5], [1, 1]),
        (Clip(0.1, 0.1), [0, 1], [0.1, 0.1], [0, 0]),
        (HardSigmoid(0.25, 0.5), [-2, 2], [0, 1], [0.25, 0.25]),
        (HardSwish(), [-3, 3], [0, 3], [-0.5, 1.5]),
        (ELU(3), [0], [0], [3]),
        (Exp(0), [0, 1, 1e6], [1, 1, 1], [1, 0, 0]),
        (Exp(), [-1e6, 1e6], [0, math.exp(80)], [0, 0]),
        (Log(0.5), [-1, 0.5], [math.log(0.5), math.log(0.5)], [0, 2]),
        (Log(), [-1, 0], [math.log(1e-30)] * 2, [0, 0]),
        (Sqrt(), [-4, 0], [0, 0], [0, 0]),
        (Power(2), [-3, 0], [9, 0], [-6, 0]),
        (Power(1), [0], [0], [1]),
        (Power(0.5), [-4, 0], [0, 0], [0, 0]),
        (Power(2.5), [-4, 0], [0, 0], [0, 0]),
        (Power(-2), [-2, 0], [0.25, 0], [0.25, 0]),
        (Power(-0.5), [-4, 0, 4], [0, 0, 0.5], [0, 0, -0.0625]),
        (Abs(), [0], [0], [0]),
        (Reciprocal(), [-2, 0, 1e-16], [-0.5, 0, 0], [-0.25, 0, 0]),
        (Reciprocal(0.5), [0.5, 0.25], [2, 0], [-4, 0]),
    ],
    ids=lambda given: f"{given}",
)
def test_kinks_and_guards(
    layer: Layer, xs: list[float], ys: list[float], slopes: list[float], dtype: type
) -> None:
    y, cache = layer.forward(np.array(xs, dtype=dtype))
    np.testing.assert_allclose(y, ys, rtol=1e-6)
    dx = layer.backward(np.ones(len(xs), dtype=dtype), cache)
    np.testing.assert_allclose(dx, slopes, rtol=1e-6)


@pytest.mark.parametrize("layer", [Sigmoid(), Softplus()])
def test_small_values_keep_their_digits(layer: Layer) -> None:
    x = np.array([-50.0, -300.0])
    y, cache = layer.forward(x)
    np.testing.assert_allclose(y, np.exp(x), rtol=1e-13)
    np.testing.assert_allclose(layer.backward(np.ones(2), cache), np.exp(x), rtol=1e-13)


def test_the_error_function_is_exact_to_rounding() -> None:
    x = np.linspace(-7, 7, 20001)
    y = Erf()(x)
    assert np.abs(y - [math.erf(v) for v in x]).max() < 4e-16
    assert np.array_equal(y, -Erf()(-x))
    assert np.abs(Erf()(x.astype(np.float32)) - y).max() < 3e-7


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LeakyReLU(math.nan),
            r"LeakyReLU\.negative_slope must be a finite number, got nan",
        ),
        (lambda: Clip(minimum=math.inf), r"Clip\.minimum must be a finite number or None, got inf"),
        (lambda: Clip(maximum="6"), r"Clip\.maximum must be a finite number or None, got '6'"),
        (lambda: Clip(2, 1), r"Clip\.maximum must be at least minimum, 2, got 1"),
        (lambda: HardSigmoid(alpha=None), r"HardSigmoid\.alpha must be a finite number, got None"),
        (lambda: HardSigmoid(beta=math.inf), r"HardSigmoid\.beta must be a finite number, got inf"),
        (lambda: GELU("sigmoid"), r"GELU\.approximate must be 'none' or 'tanh', got 'sigmoid'"),
        (lambda: ELU(math.nan), r"ELU\.alpha must be a finite number, got nan"),
        (lambda: Exp(89), r"Exp\.maximum must be a finite number of at most 88, got 89"),
        (lambda: Log(0), r"Log\.minimum must be a finite number of at least 1e-37, got 0"),
        (lambda: Power(0), r"Power\.exponent must be a finite number other than 0, got 0"),
        (lambda: Reciprocal(0), r"Reciprocal\.minimum must be a finite number of at least 1e-18"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_refuses_bad_parameters(make: Callable[[], Layer], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()
