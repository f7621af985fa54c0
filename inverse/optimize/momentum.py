"""Gradient descent with momentum: the optimizer of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inverse.arrays import Array, namespace
from inverse.layers.base import demand, is_number
from inverse.optimize.image_by_image import image_by_image
from inverse.optimize.schedules import Schedule

__all__ = ["Momentum", "MomentumState"]


class MomentumState(NamedTuple):
    """Velocity v and the number of steps taken."""

    velocity: Array
    t: int


@dataclass(frozen=True)
class Momentum:
    """v ← m v − η_t g,   x ← x + v.

    Parameters
    ----------
    schedule : Schedule
        η_t, and the steps at which v starts afresh from 0.
    momentum : float
        m in [0, 1); the paper uses 0.9.

    Notes
    -----
    The velocity averages past gradients with weights m^k, so a constant gradient ends in steps of
    η/(1 − m), ten times η for m = 0.9. The authors' code sets v to 0 whenever η drops: a
    velocity gathered at ten times the rate would overshoot. `Stages` asks for this,
    `ExponentialDecay` does not.

    Source: Mahendran & Vedaldi (2015), section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from inverse.optimize import Stages
    >>> optimizer = Momentum(Stages(((0.1, 100),)))
    >>> x, state = np.array([[4.0]]), optimizer.init(np.array([[4.0]]))
    >>> for _ in range(100):
    ...     x, state = optimizer.step(x, 2 * x, state)   # minimizes x²
    >>> abs(x.item()) < 0.05
    True
    """

    schedule: Schedule
    momentum: float = 0.9

    def __post_init__(self) -> None:
        demand(
            is_number(self.momentum) and 0 <= self.momentum < 1, self, "momentum", "be in [0, 1)"
        )

    def init(self, x: Array) -> MomentumState:
        """Velocity 0, no step taken."""
        return MomentumState(namespace(x).zeros_like(x), 0)

    def step(self, x: Array, grad: Array, state: MomentumState) -> tuple[Array, MomentumState]:
        """One update of v and x."""
        # Python floats: NumPy's own would promote a float32 gradient
        rate, keep = float(self.schedule.rate(state.t)), float(self.momentum)
        restarts = self.schedule.restarts(state.t)

        def update(x: Array, grad: Array, velocity: Array) -> tuple[Array, Array]:
            push = rate * grad
            if restarts:
                velocity = -push
            else:
                velocity = keep * velocity
                velocity -= push
            return x + velocity, velocity

        x, velocity = image_by_image(update, x, grad, state.velocity)
        return x, MomentumState(velocity, state.t + 1)
