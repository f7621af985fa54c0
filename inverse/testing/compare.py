"""Comparisons that say what differs, where, and by which two numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import InputError
from inverse.layers.base import Cache

__all__ = [
    "SAME",
    "Differentiable",
    "Matrix",
    "Seed",
    "Term",
    "agree",
    "draw",
    "extreme_inputs",
    "finite",
    "float32_agrees",
    "generator",
    "generic",
    "layouts",
    "name_of",
    "same_shape",
    "unchanged",
]

Matrix = np.ndarray[Any, Any]
Seed = int | np.random.Generator

SAME = 1e-10
"""Relative difference up to which two float64 results are the same: a BLAS may reorder sums."""


class Differentiable(Protocol):
    """What `check_layer` can check: any object with the face of a layer."""

    def forward(self, x: Array, /) -> tuple[Array, Cache]: ...

    def backward(self, dy: Array, cache: Cache, /) -> Array: ...


class Term(Protocol):
    """What `check_term` can check: any object that gives values per image and their gradient."""

    def value_and_grad(self, x: Array, /) -> tuple[Array, Array]: ...


def name_of(checked: object) -> str:
    return type(checked).__name__


def generic(x: Array, owner: str) -> Matrix:
    """``x`` as a contiguous float64 copy, after checking that it is a batch of two or more."""
    batch: Matrix = np.array(x, dtype=np.float64, order="C")
    if batch.ndim < 2 or len(batch) < 2:
        raise InputError(f"{owner} takes a batch of at least two images, got shape {batch.shape}")
    if not np.isfinite(batch).all() or not batch.any():
        raise InputError(f"{owner} takes finite values that are not all zero")
    return batch


def generator(rng: Seed) -> np.random.Generator:
    """The random numbers of a check, which are others than ``default_rng(rng)`` draws.

    An x made with the same seed as the check would otherwise be equal to dy.
    """
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng([rng, 1])


def draw(rng: np.random.Generator, like: Array) -> Matrix:
    """Standard normal numbers of the shape and dtype of ``like``."""
    dtype = np.asarray(like).dtype
    values: Matrix = rng.standard_normal(np.shape(like)).astype(dtype)
    return values


def agree(fault: str, expected: Array, got: Array, rtol: float = SAME) -> None:
    """Raise unless the arrays are equal up to ``rtol`` times the largest absolute value.

    A NaN is equal to a NaN here: that there are any is a fault of its own, which `finite` tells.
    """
    a, b = np.asarray(expected), np.asarray(got)
    same_shape(fault, a.shape, b.shape)
    tolerance = rtol * max(np.abs(v).max(initial=0.0, where=np.isfinite(v)) for v in (a, b))
    with np.errstate(invalid="ignore"):
        difference = np.abs(a - b)
    equal = (a == b) | (np.isnan(a) & np.isnan(b))
    wrong = ~(equal | (difference <= tolerance))
    if wrong.any():
        worst = np.argmax(np.where(wrong, np.nan_to_num(difference, nan=np.inf), -1))
        at = tuple(int(i) for i in np.unravel_index(worst, a.shape))
        raise AssertionError(f"{fault}: expected {a[at]:.9g} at index {at}, got {b[at]:.9g}")


def unchanged(fault: str, before: Matrix, after: Matrix) -> None:
    """Raise unless the arrays are equal bit by bit."""
    agree(fault, before, after, rtol=0.0)


def same_shape(fault: str, expected: Shape, got: Shape) -> None:
    if tuple(expected) != tuple(got):
        raise AssertionError(f"{fault}: expected shape {tuple(expected)}, got {tuple(got)}")


def finite(fault: str, values: Array) -> None:
    """Raise unless every number is finite."""
    values = np.asarray(values)
    wrong = ~np.isfinite(values)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise AssertionError(f"{fault}: {values[at]} at index {at}, {wrong.sum()} of {wrong.size}")


def float32_agrees(fault: str, double: Array, single: Array, tolerance: float) -> None:
    """Raise unless ``single`` is a float32 array near ``double``, relative to its norm."""
    single = np.asarray(single)
    if single.dtype != np.float32:
        raise AssertionError(f"{fault} should be float32 for float32 input, got {single.dtype}")
    size = float(np.linalg.norm(np.asarray(double)))
    error = float(np.linalg.norm(np.asarray(double) - single))
    if not error <= tolerance * size:
        raise AssertionError(
            f"{fault} in float32 is far from float64: norm of the difference {error:.3g}, "
            f"norm {size:.3g}"
        )


def extreme_inputs(x: Matrix) -> Iterator[tuple[str, Matrix]]:
    """The inputs for which nothing may become infinite or NaN, in both precisions."""
    inputs = {
        "a generic": x,
        "a flat": np.full_like(x, np.abs(x).mean()),
        "an all-zero": np.zeros_like(x),
        "a huge (1e6)": x * (1e6 / np.abs(x).max()),
    }
    for name, values in inputs.items():
        yield f"{name} float64 input", values
        yield f"{name} float32 input", values.astype(np.float32)


def layouts(x: Matrix) -> Iterator[tuple[str, Matrix]]:
    """``x`` with the same values and other strides."""
    every_other = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), dtype=x.dtype)
    every_other[..., ::2] = x
    yield "strided", every_other[..., ::2]
    yield "Fortran-ordered", np.asfortranarray(x)
    yield "reversed", x[::-1].copy()[::-1]
