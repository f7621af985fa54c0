"""Figure 2: total variation with β = 1 leaves spikes where a layer subsamples; β = 2 does not."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.appearance import spikiness
from inverse.experiments.document import Column, Figure, Finding, Report, Table, Value
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit
from inverse.image import stretch

__all__ = ["EXPERIMENT", "weight"]

SUBJECT = "small/norm1"
CODE_LAMBDA, SIGMA = 100.0, 27098.11571533203
"""λ of the authors' code, which is the same for both β, and their σ."""


def weight(beta: float, code_lambda: float = CODE_LAMBDA) -> float:
    """λ_V of the paper for the λ of the code: (λ/2) σ^{β−2}; 50 for β = 2, 1.8e-3 for β = 1."""
    return code_lambda / 2 * float(SIGMA ** (beta - 2))


RUNS = {
    "β = 1": (1.0, weight(1.0)),
    "β = 2": (2.0, weight(2.0)),
    "β = 2, weaker": (2.0, weight(2.0, CODE_LAMBDA / 10)),
}
"""β and λ_V: the figure's two, and β = 2 with a weight that leaves about the error of β = 1."""


def units(setting: Setting) -> list[Unit]:
    """One picture, two exponents, one of them with two weights."""
    return [
        inversion(name, SUBJECT, setting.first, changes={"beta": beta, "lambda_tv": tv})
        for name, (beta, tv) in RUNS.items()
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The pictures, and how spiky they are."""
    photo = stretch(subjects.picture(setting.first, subjects.representation(SUBJECT)))
    images = [outcomes[name].images[image_name(0)] for name in RUNS]
    spikes = {name: spikiness(image) for name, image in zip(RUNS, images, strict=True)}
    rows: list[tuple[Value, ...]] = [("the photo", None, None, spikiness(photo), None)]
    rows += [
        (name, beta, tv, spikes[name], percent(outcomes[name])) for name, (beta, tv) in RUNS.items()
    ]
    ratio = spikes["β = 1"] / max(spikes["β = 2, weaker"], 1e-9)
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Along a path the total variation with β = 1 depends on the total change alone, so where "
        "only some places are constrained it is cheapest to put all change there. With β = 2 "
        "change is cheaper when it is spread. As in the authors' script λ is the same for both in "
        "their code's units, and so not in the paper's; the last run has the weight at which β = 2 "
        "comes about as near to the code as β = 1 does.",
        (
            Table(
                "fig2",
                "Spikiness is the 99.9 % quantile of |x − median of 3×3 pixels|, by the standard "
                "deviation of the picture.",
                (Column("run"), Column("β", "", 0), Column("λ_V", "", 5),
                 Column("spikiness", "", 2), Column("relative error", "%")),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "fig2",
                "The picture, and what is found from norm1 with β = 1 and with β = 2.",
                "Four pictures: the photo, and three reconstructions, the first with isolated dots "
                "where the table says so.",
                sheet([[photo, *images]], ["photo", *RUNS], height=262),
            ),
        ),
        (
            Finding(
                "spikes",
                f"At about equal error the reconstruction with β = 1 is {ratio:.1f} times as spiky "
                "as that with β = 2.",
                ratio,
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment("fig2", "Figure 2: spikes of the total variation", units, run, report)
