"""Derivatives by finite differences, which notice when they step across a kink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from inverse.testing.compare import Matrix, draw

__all__ = ["Comparison", "Function", "check_derivative", "comparisons"]

STEP = 1e-6
"""Relative step: rounding then costs about 1e-10, curvature 1e-12, and of a million values one
is likely to cross a kink."""

SMOOTH, TOLERANCE = 1e-5, 1e-4
ENOUGH, DRAWS = 4, 12

Function = Callable[[Matrix], tuple[Matrix, Matrix]]
"""x ↦ (value of each image, sum of the absolute numbers that were added up to it)."""


class Comparison(NamedTuple):
    """How much each image changes along a direction, and how far both numbers may be apart."""

    measured: Matrix
    predicted: Matrix
    allowed: Matrix


def check_derivative(
    fault: str, function: Function, gradient: Matrix, x: Matrix, rng: np.random.Generator
) -> None:
    """Compare ⟨gradient, v⟩ with the slope of ``function`` along random directions v."""
    compared = 0
    for measured, predicted, allowed in islice(comparisons(function, gradient, x, rng), ENOUGH):
        compared += 1
        wrong = ~(np.abs(measured - predicted) <= allowed)
        if wrong.any():
            n = int(np.argmax(wrong))
            raise AssertionError(
                f"{fault} disagrees with finite differences (wrong factor, sign or missing "
                f"term?): along a random direction, image {n} changes by {measured[n]:.9g}, "
                f"the gradient says {predicted[n]:.9g}"
            )
    if compared < ENOUGH // 2:
        raise AssertionError(
            f"{fault} cannot be compared with finite differences: {DRAWS - compared} of {DRAWS} "
            f"random directions cross a kink, give a more generic x"
        )


def comparisons(
    function: Function, gradient: Matrix, x: Matrix, rng: np.random.Generator
) -> Iterator[Comparison]:
    """The slopes along random directions v that say something, at most as many as are drawn.

    Each direction is measured at two steps and on both sides. Where these disagree the direction
    crosses a kink or meets rounding, says nothing, and another is drawn.
    """
    for draws in range(DRAWS):
        v = draw(rng, x) * _sparse(x, rng, 4.0 ** -(draws % 3))
        predicted = _per_image(gradient * v)
        # The size that ⟨gradient, v⟩ has for a random v: an unlucky cancellation is no failure.
        size = np.sqrt(_per_image(gradient**2) * _per_image(v**2) / v[0].size)
        measured, smooth, error = _slope(function, x, v, size)
        if smooth:
            size = np.maximum(size, np.maximum(np.abs(measured), np.abs(predicted)))
            yield Comparison(measured, predicted, TOLERANCE * size + error)


def _sparse(x: Matrix, rng: np.random.Generator, density: float) -> Matrix:
    """Which values a direction moves: the fewer, the less likely one of them crosses a kink."""
    return np.asarray(rng.random(x.shape) < max(density, 8 / x[0].size))


def _slope(function: Function, x: Matrix, v: Matrix, size: Matrix) -> tuple[Matrix, bool, Matrix]:
    """Slope along v, whether it is the same at two steps and on both sides, and its rounding."""
    step = STEP * float(np.sqrt(np.mean(x**2)))
    center, magnitude = function(x)
    central, jump = [], []
    for h in (step, step / 2):
        ahead, behind = function(x + h * v)[0], function(x - h * v)[0]
        central.append((ahead - behind) / (2 * h))
        jump.append(np.abs(ahead - 2 * center + behind) / h)
    error = 32 * np.finfo(np.float64).eps * magnitude / step
    allowed = SMOOTH * np.maximum(size, np.abs(central[1])) + error
    # The two one-sided slopes of a smooth function differ by h f'', half as much at half the
    # step; at a kink the difference stays.
    smooth = (np.abs(central[0] - central[1]) <= allowed) & (jump[1] <= 0.75 * jump[0] + allowed)
    return central[1], bool(smooth.all()), error


def _per_image(values: Matrix) -> Matrix:
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))
