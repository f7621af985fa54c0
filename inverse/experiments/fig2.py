"""Figure 2: total variation with β = 1 leaves spikes where a layer subsamples; β = 2 does not."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from inverse.experiments import subjects
from inverse.experiments.document import Column, Figure, Finding, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit
from inverse.image import Image

__all__ = ["EXPERIMENT", "spikiness"]

SUBJECT = "small/norm1"
CODE_LAMBDA, SIGMA = 100.0, 27098.11571533203
"""λ of the authors' code, which is the same for both β, and their σ."""


def weight(beta: float) -> float:
    """λ_V of the paper for the λ of the code: (λ/2) σ^{β−2}; 50 for β = 2, 1.8e-3 for β = 1."""
    return CODE_LAMBDA / 2 * float(SIGMA ** (beta - 2))


BETAS = (1.0, 2.0)


def spikiness(image: Image) -> float:
    """How far pixels stand out from their neighbors: 99.9 % quantile of |x − median₃ₓ₃ x| / std x.

    A spike is one pixel, so the median of nine does not see it; an edge survives the median.
    """
    deviation = float(image.std())
    size = (3, 3) + (1,) * (image.ndim - 2)
    away = np.abs(image - median_filter(image, size, mode="nearest"))
    return float(np.quantile(away, 0.999)) / deviation if deviation > 0 else 0.0


def units(setting: Setting) -> list[Unit]:
    """One picture, two exponents."""
    return [
        inversion(
            f"{beta:g}", SUBJECT, setting.first, changes={"beta": beta, "lambda_tv": weight(beta)}
        )
        for beta in BETAS
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """Both pictures, and how spiky they are."""
    images = [outcomes[f"{beta:g}"].images[image_name(0)] for beta in BETAS]
    original = subjects.picture(setting.first, subjects.representation(SUBJECT))
    spikes = [spikiness(image) for image in images]
    errors = [
        100 * found.figures["distance"][0] / found.figures["norm"]
        for found in (outcomes[f"{beta:g}"] for beta in BETAS)
    ]
    table = Table(
        "fig2",
        "Spikiness is the 99.9 % quantile of |x − median of 3×3 pixels|, by the standard deviation "
        "of the picture.",
        (Column("β", "", 0), Column("λ_V", "", 5), Column("spikiness", "", 2),
         Column("relative error", "%")),
        tuple(
            (beta, weight(beta), s, e) for beta, s, e in zip(BETAS, spikes, errors, strict=True)
        ),
    )  # fmt: skip
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Along a path the total variation with β = 1 depends on the total change alone, so where "
        "only some places are constrained it is cheapest to put all change there. With β = 2 "
        "change is cheaper when it is spread. As in the authors' script λ is the same in their "
        "code's units, and so not the same in the paper's.",
        (table,),
        (
            Figure(
                "fig2",
                "The picture, and what is found from norm1 with β = 1 and with β = 2.",
                "Three pictures: the original; a reconstruction with isolated bright and dark "
                "dots on a lattice; a reconstruction without them, slightly washed out.",
                sheet([[original, *images]], ["photo", "β = 1", "β = 2"], height=262),
            ),
        ),
        (
            Finding(
                "spikes",
                f"With β = 1 the reconstruction is {spikes[0] / spikes[1]:.1f} times as spiky as "
                "with β = 2.",
                spikes[0] / spikes[1],
            ),
        ),
    )


EXPERIMENT = Experiment("fig2", "Figure 2: spikes of the total variation", units, run, report)
