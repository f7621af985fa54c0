"""Presets: every constant of a run, as published, and with an optimizer that needs less care."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from inverse.arrays import Shape
from inverse.layers.base import demand, is_number
from inverse.objective import Term
from inverse.optimize import (
    Adam,
    ExponentialDecay,
    Momentum,
    Optimizer,
    Schedule,
    Smoothed,
    Stages,
)
from inverse.regularizers import AlphaNorm, TotalVariation
from inverse.representations import Cnn, Representation
from inverse.representations.base import SIGMA

__all__ = ["REFERENCE_SIZE", "Preset", "cvpr2015", "default", "fast"]

REFERENCE_SIDE = 227
"""Rows and columns of the images for which the paper states its λ and σ."""

REFERENCE_SIZE = REFERENCE_SIDE**2 * 3
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
    resized : bool
        Whether images are pictures resized to the size that a network takes, as the paper's were
        to 227×227.
    method : {"momentum", "adam"}
        `optimize.Momentum`, or `optimize.Adam`, whose rates then are sizes of steps, as a share of
        the root mean square of natural images.
    smoothing : float
        p of `optimize.Smoothed`, by which gradients are smoothed; 0 for none.

    Notes
    -----
    The λ are the paper's, for images of 227×227×3 values. An image of n values is given the same
    balance between its terms. In normalized coordinates ‖x‖ ≈ 1, so a value of x is of the size
    n^−½ and a sum of n p-th powers of the size n^{1 − p/2}; `terms` undoes this by

        λ(n) = λ · (n / (227·227·3))^{p/2 − 1},    p = α or β,

    which leaves λ unchanged at p = 2.

    A picture that is ``resized`` from 227 to 227·s rows has differences between neighbors 1/s as
    large, at s² as many places. So that it is as smooth to the prior as it was, λ_V is multiplied
    by s^{2β − 2} as well: by (131/227)² = ⅓ for a network of 131×131 pixels and β = 2.
    """

    lambda_alpha: float
    alpha: float
    lambda_tv: float
    beta: float
    schedule: Schedule
    momentum: float = 0.9
    resized: bool = False
    method: str = "momentum"
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name in ("lambda_alpha", "lambda_tv"):
            value = getattr(self, name)
            demand(is_number(value) and value >= 0, self, name, "be at least 0 and finite")
        demand(self.method in ("momentum", "adam"), self, "method", "be 'momentum' or 'adam'")
        smoothing = is_number(self.smoothing) and self.smoothing >= 0
        demand(smoothing, self, "smoothing", "be at least 0 and finite")
        AlphaNorm(self.alpha), TotalVariation(self.beta)
        self.optimizer((1, 1, 1))

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

    def optimizer(self, shape: Shape) -> Optimizer:
        """The optimizer for images of ``shape`` (H, W, C)."""
        inner: Optimizer
        if self.method == "adam":
            inner = Adam(self.schedule, self.momentum, scale=1 / math.sqrt(math.prod(shape)))
        else:
            inner = Momentum(self.schedule, self.momentum)
        return Smoothed(inner, self.smoothing) if self.smoothing else inner

    def terms(self, shape: Shape) -> dict[str, Term]:
        """The weighted regularizers for images of ``shape`` (H, W, C)."""
        size = math.prod(shape) / REFERENCE_SIZE
        alpha_weight = self.lambda_alpha * size ** (self.alpha / 2 - 1)
        tv_weight = self.lambda_tv * size ** (self.beta / 2 - 1)
        if self.resized:
            tv_weight *= (math.prod(shape[:2]) / REFERENCE_SIDE**2) ** (self.beta - 1)
        return {
            "alpha": Term(alpha_weight, AlphaNorm(self.alpha)),
            "tv": Term(tv_weight, TotalVariation(self.beta)),
        }

    def as_dict(self) -> dict[str, Any]:
        """All constants, for a record."""
        kept = asdict(self) | {"schedule": repr(self.schedule)}
        return {n: v if isinstance(v, str | bool) else float(v) for n, v in kept.items()}


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
        return Preset(lambda_alpha, 6.0, lambda_tv, 2.0, _stages(100, 200, 100), resized=True)
    return Preset(lambda_alpha, 6.0, 0.5, 2.0, _stages(200, 200, 200, 200))


def fast(representation: Representation | None = None) -> Preset:
    """The energy of `cvpr2015`, minimized by Adam on smoothed gradients.

    400 steps, of 16 grey levels for each value at first and 0.2 in the end. One rate serves every
    layer of every network, for which the published one is too large or too small by up to a
    hundred times (docs/results/networks.md).

    Examples
    --------
    >>> preset = fast()
    >>> preset.steps, preset.method, preset.smoothing, preset.lambda_tv
    (400, 'adam', 1.0, 0.5)
    """
    schedule = ExponentialDecay(16 / SIGMA, 0.2 / SIGMA, 400)
    return cvpr2015(representation).replace(schedule=schedule, method="adam", smoothing=1.0)


def default(representation: Representation) -> Preset:
    """What `inverse.invert` takes: `fast` for the layers of networks, else `cvpr2015`."""
    return fast(representation) if isinstance(representation, Cnn) else cvpr2015(representation)


def _stages(*counts: int) -> Stages:
    """The published rates: 0.004, and a tenth of the one before at every stage."""
    return Stages(tuple((4e-3 * 10.0**-i, count) for i, count in enumerate(counts)))
