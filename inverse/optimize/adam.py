"""Adam: steps of a given size, whatever the scale of the energy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, namespace
from inverse.layers.base import demand, is_number
from inverse.optimize.image_by_image import image_by_image
from inverse.optimize.schedules import Schedule

__all__ = ["Adam", "AdamState"]


class AdamState(NamedTuple):
    """Averages of the gradient and of its square, and the number of steps taken."""

    mean: Array
    square: Array
    t: int


@dataclass(frozen=True)
class Adam:
    """m ← β₁ m + (1 − β₁) g,   s ← β₂ s + (1 − β₂) g²,   x ← x − η_t m̂/(√ŝ + ε).

    Parameters
    ----------
    schedule : Schedule
        η_t, about the size of a step of each value of x.
    momentum : float
        β₁ in [0, 1): how long gradients are averaged.
    decay : float
        β₂ in [0, 1): how long their squares are.
    scale : float
        A positive number by which η_t is multiplied: the size of a value of x.

    Notes
    -----
    m̂ = m/(1 − β₁ᵗ) and ŝ = s/(1 − β₂ᵗ) after t steps: the averages began at 0, and this makes up
    for it. Dividing by √ŝ makes the step of a value about η_t whatever the size of its gradient.
    So one rate serves layers whose energies differ in curvature by a factor of thousands, for
    which gradient descent needs rates as different. ε = 1e-20 only guards values that never had a
    gradient.

    Source: Kingma & Ba, ICLR 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from inverse.optimize import ExponentialDecay
    >>> optimizer = Adam(ExponentialDecay(0.3, 0.003, 200))
    >>> x, state = np.array([[4.0]]), optimizer.init(np.array([[4.0]]))
    >>> for _ in range(200):
    ...     x, state = optimizer.step(x, 2e6 * x, state)   # minimizes 10⁶ x²
    >>> abs(x.item()) < 0.05
    True
    """

    schedule: Schedule
    momentum: float = 0.9
    decay: float = 0.99
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("momentum", "decay"):
            value = getattr(self, name)
            demand(is_number(value) and 0 <= value < 1, self, name, "be in [0, 1)")
        demand(is_number(self.scale) and self.scale > 0, self, "scale", "be positive")

    def init(self, x: Array) -> AdamState:
        """Averages 0, no step taken."""
        xp = namespace(x)
        return AdamState(xp.zeros_like(x), xp.zeros_like(x), 0)

    def step(self, x: Array, grad: Array, state: AdamState) -> tuple[Array, AdamState]:
        """One update of the averages and of x."""
        t = state.t + 1
        # Python floats: NumPy's own would promote float32 arrays
        keep, forget = float(self.momentum), float(self.decay)
        rate = float(self.scale * self.schedule.rate(state.t))
        rate *= math.sqrt(1 - forget**t) / (1 - keep**t)

        def update(x: Array, grad: Array, mean: Array, square: Array) -> tuple[Array, ...]:
            mean = keep * mean + (1 - keep) * grad
            square = forget * square + (1 - forget) * (grad * grad)
            size = namespace(x).sqrt(square)
            size += 1e-20
            return x - rate * (mean / size), mean, square

        x, mean, square = image_by_image(update, x, grad, state.mean, state.square)
        return x, AdamState(mean, square, t)
