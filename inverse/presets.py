"""Presets: every constant of a run, as published."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from inverse.arrays import Shape
from inverse.layers.base import demand, is_number
from inverse.objective import Term
from inverse.optimize import Momentum, Schedule, Stages
from inverse.regularizers import AlphaNorm, TotalVariation
from inverse.representations import Cnn, Representation

__all__ = ["REFERENCE_SIZE", "Preset", "cvpr2015"]

REFERENCE_SIZE = 227 * 227 * 3
"""Number of values of the images for which the paper states its λ and σ."""


@dataclass(frozen=True)
class Preset:
    """The constants of an inversion.

    Parameters
    ----------
    lambda_alpha, alpha : float
        Weight and exponent of the α-norm.
    lambda_tv, beta : float
        Weight and exponent of the total variation.
    schedule : Schedule
        Learning rates, in the paper's normalized coordinates, and the number of steps.
    momentum : float
        m of `optimize.Momentum`.

    Notes
    -----
    The λ are the paper's, for images of 227×227×3 values. An image of n values is given the same
    balance between its terms. In normalized coordinates ‖x‖ ≈ 1, so a value of x is of the size
    n^−½ and a sum of n p-th powers of the size n^{1 − p/2}; `terms` undoes this by

        λ(n) = λ · (n / (227·227·3))^{p/2 − 1},    p = α or β,

    which leaves λ unchanged at p = 2.
    """

    lambda_alpha: float
    alpha: float
    lambda_tv: float
    beta: float
    schedule: Schedule
    momentum: float = 0.9

    def __post_init__(self) -> None:
        for name in ("lambda_alpha", "lambda_tv"):
            value = getattr(self, name)
            demand(is_number(value) and value >= 0, self, name, "be at least 0 and finite")
        AlphaNorm(self.alpha), TotalVariation(self.beta)
        self.optimizer()

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.schedule.steps

    def replace(self, **changes: Any) -> Preset:
        """A copy with other constants; ``steps`` stretches or shrinks the schedule."""
        if "steps" in changes:
            schedule = changes.get("schedule", self.schedule)
            changes["schedule"] = schedule.resized(changes.pop("steps"))
        return replace(self, **changes)

    def optimizer(self) -> Momentum:
        """Gradient descent with this preset's schedule and momentum."""
        return Momentum(self.schedule, self.momentum)

    def terms(self, shape: Shape) -> dict[str, Term]:
        """The weighted regularizers for images of ``shape`` (H, W, C)."""
        size = math.prod(shape) / REFERENCE_SIZE
        alpha_weight = self.lambda_alpha * size ** (self.alpha / 2 - 1)
        tv_weight = self.lambda_tv * size ** (self.beta / 2 - 1)
        return {
            "alpha": Term(alpha_weight, AlphaNorm(self.alpha)),
            "tv": Term(tv_weight, TotalVariation(self.beta)),
        }

    def as_dict(self) -> dict[str, Any]:
        """All constants, for a record."""
        numbers = {name: float(v) for name, v in asdict(self).items() if name != "schedule"}
        return numbers | {"schedule": repr(self.schedule)}


LAMBDA_TV = ((6 / 20, 0.5), (12 / 20, 5.0), (1.0, 50.0))
"""λ_V up to which share of a network's depth: of the paper's 20 layers 6, 12 and all."""


def cvpr2015(representation: Representation | None = None) -> Preset:
    """The constants of Mahendran & Vedaldi (CVPR 2015) as the authors ran them.

    For all, λ_α = 2.157e8 with α = 6, β = 2 and momentum 0.9. HOG, HOGb and dense SIFT have
    λ_V = 0.5, and 200 steps each with the learning rates 4e-3, 4e-4, 4e-5 and 4e-6. Layers of a
    network have 100, 200 and 100 steps with 4e-3, 4e-4 and 4e-5, and λ_V = 0.5 up to layer 6 of
    the paper's 20, 5 up to layer 12 and 50 beyond; in other networks by the same share of their
    depth (`Cnn.depth`).

    Notes
    -----
    The paper quotes λ_α = 2.16e8, which is 4e-10 σ⁴ of the authors' code with σ = 27098.12. For
    its Table 1 the paper states λ_V = 5, the authors' script has 0.5; the script is followed.

    Examples
    --------
    >>> import inverse
    >>> preset = cvpr2015(inverse.hog())
    >>> preset.steps, preset.lambda_tv, preset.replace(steps=80, beta=1.5).schedule.stages[-1]
    (800, 0.5, (4e-06, 20))
    """
    lambda_alpha = 4e-10 * 27098.11571533203**4
    if isinstance(representation, Cnn):
        lambda_tv = next(value for share, value in LAMBDA_TV if representation.depth <= share)
        return Preset(lambda_alpha, 6.0, lambda_tv, 2.0, _stages(100, 200, 100))
    return Preset(lambda_alpha, 6.0, 0.5, 2.0, _stages(200, 200, 200, 200))


def _stages(*counts: int) -> Stages:
    """The published rates: 0.004, and a tenth of the one before at every stage."""
    return Stages(tuple((4e-3 * 10.0**-i, count) for i, count in enumerate(counts)))
