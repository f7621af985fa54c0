"""How much of each published error is the optimizer's, the prior's, and the representation's."""

from __future__ import annotations

from statistics import mean

from inverse.experiments import subjects
from inverse.experiments.document import Column, Finding, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import inversion, run
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

COUNT = 10
PUBLISHED = {"hog": 28.10, "hogb": 10.67, "dsift": 10.89}
LONG = 3200

RUNS: dict[str, tuple[str, dict[str, float]]] = {
    "published": ("cvpr2015", {}),
    "fast": ("fast", {}),
    "long": ("fast", {"steps": LONG}),
    "free": ("fast", {"steps": LONG, "lambda_tv": 0.0, "lambda_alpha": 0.0}),
}
"""Preset and changes: the published run, ours, eight times as long, and that without a prior."""


def units(setting: Setting) -> list[Unit]:
    """Four runs of each representation and picture."""
    return [
        inversion(
            f"{subject}/{how}/{path.stem}", subject, path,
            preset=preset, changes=changes, images=False,
        )
        for subject in PUBLISHED
        for how, (preset, changes) in RUNS.items()
        for path in setting.some(COUNT)
    ]  # fmt: skip


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The parts of each error."""
    paths, rows, findings = setting.some(COUNT), [], []
    for subject, published in PUBLISHED.items():
        scale = subjects.normalizer(subject, paths)
        error = {
            how: mean(
                100 * outcomes[f"{subject}/{how}/{p.stem}"].figures["distance"][0] / scale
                for p in paths
            )
            for how in RUNS
        }
        ours = error["published"]
        parts = (ours - error["long"], error["long"] - error["free"], error["free"])
        rows.append((subject, published, ours, error["fast"], error["long"], error["free"], *parts))
        findings.append(
            Finding(
                f"{subject} optimizer",
                f"Of the {ours:.1f} % that the published optimizer leaves of {subject}, "
                f"{parts[0]:.1f} are gone after {LONG} steps of presets.fast, which minimizes the "
                f"same energy: {100 * parts[0] / ours:.0f} % of the error is the optimizer's. "
                f"The prior accounts for {parts[1]:.1f}, and {parts[2]:.1f} remain without it.",
                100 * parts[0] / ours,
            )
        )
    heads = (
        "published", "cvpr2015", "fast", f"fast, {LONG} steps", "the same, no prior",
        "the optimizer's", "the prior's", "what remains",
    )  # fmt: skip
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "A code was computed from a picture, so that picture has error 0: a representation that "
        "is computed exactly cannot account for any error by itself. What an inversion leaves is "
        "the optimizer's (it stopped before the minimum), the prior's (the minimum of the energy "
        "is not that of the error), and what remains when there is neither much of the one nor "
        "any of the other: kinks and minima that no descent from noise gets past, which is the "
        "representation's doing.",
        (
            Table(
                "origin",
                f"Mean code error over {len(paths)} pictures; the last three columns add up to "
                "that of cvpr2015.",
                (Column("code"), *(Column(head, "%", 2) for head in heads)),
                tuple(rows),
            ),
        ),
        findings=tuple(findings),
    )


EXPERIMENT = Experiment(
    "origin", "Where the published errors come from: optimizer, prior, representation",
    units, run, report,
)  # fmt: skip
