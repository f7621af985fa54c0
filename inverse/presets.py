"""Presets: every constant of a run, as published, and with an optimizer that needs less care."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from inverse.arrays import Shape
from inverse.layers import HardOrientation
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
from inverse.representations import Cnn, DenseSift, Hog, Representation
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
    decay : float
        β₂ of `optimize.Adam`.
    start_norm : float
        ‖x‖ of the noise that runs start from, as a share of that of natural images.
    start_color : float
        q of the spectrum of that noise, which falls as 1/frequency^q; 0 for white noise.
    straight_through : float
        γ of the surrogate with which `layers.HardOrientation` sends gradients back; 0 for none. An
        inversion that has it does not descend along its energy's derivative.

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
    decay: float = 0.99
    start_norm: float = 1.0
    start_color: float = 0.0
    straight_through: float = 0.0

    def __post_init__(self) -> None:
        for name in ("lambda_alpha", "lambda_tv", "smoothing", "start_color", "straight_through"):
            value = getattr(self, name)
            demand(is_number(value) and value >= 0, self, name, "be at least 0 and finite")
        demand(self.method in ("momentum", "adam"), self, "method", "be 'momentum' or 'adam'")
        norm = is_number(self.start_norm) and self.start_norm > 0
        demand(norm, self, "start_norm", "be positive and finite")
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
            scale = 1 / math.sqrt(math.prod(shape))
            inner = Adam(self.schedule, self.momentum, self.decay, scale)
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
    """The energy of `cvpr2015`, minimized by Adam on smoothed gradients, in fewer steps.

    400 steps, whose size falls exponentially, from weak noise (‖x‖ = 0.3) with a spectrum of about
    1/√f. Their sizes, in grey levels for each value, and the averages suit three kinds of
    representations:

    - layers of networks, and layers of your own: 32 → 0.8, β₁ = 0.9, β₂ = 0.9, smoothing p = 1. One
      rate serves every layer of every network, for which the published one is too large or too
      small by up to a hundred times.
    - HOGb and dense SIFT: 16 → 0.1, β₁ = 0.9, β₂ = 0.95, p = 1.5.
    - HOG: 8 → 0.02, β₁ = 0.8, β₂ = 0.99, p = 1.5, with the surrogate of `layers.HardOrientation` at
      a weight of 0.3.

    Notes
    -----
    docs/results/convergence.md has what was measured, also of what lost.

    Examples
    --------
    >>> preset = fast()
    >>> preset.steps, preset.method, preset.smoothing, preset.lambda_tv
    (400, 'adam', 1.0, 0.5)
    """
    first, last, constants = FAST[_kind(representation)]
    schedule = ExponentialDecay(first / SIGMA, last / SIGMA, 400)
    constants = constants | {"start_norm": 0.3, "start_color": 0.5}
    return cvpr2015(representation).replace(schedule=schedule, method="adam", **constants)


FAST: dict[str, tuple[float, float, dict[str, float]]] = {
    "any": (32, 0.8, {"momentum": 0.9, "decay": 0.9, "smoothing": 1.0}),
    "gradients": (16, 0.1, {"momentum": 0.9, "decay": 0.95, "smoothing": 1.5}),
    "hard gradients": (
        8,
        0.02,
        {"momentum": 0.8, "decay": 0.99, "smoothing": 1.5, "straight_through": 0.3},
    ),
}
"""First and last step in grey levels, and the optimizer's constants, of the fast presets."""


def default(representation: Representation) -> Preset:
    """What `inverse.invert` takes: `fast`."""
    return fast(representation)


def _kind(representation: Representation | None) -> str:
    """Which of the fast presets suits a representation."""
    layers = [] if representation is None else [layer for _, layer in representation]
    if any(isinstance(layer, HardOrientation) for layer in layers):
        return "hard gradients"
    return "gradients" if isinstance(representation, Hog | DenseSift) else "any"


def _stages(*counts: int) -> Stages:
    """The published rates: 0.004, and a tenth of the one before at every stage."""
    return Stages(tuple((4e-3 * 10.0**-i, count) for i, count in enumerate(counts)))
