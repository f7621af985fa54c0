"""What Figures 4 and 8 share: one picture, inverted with three weights of the total variation."""

from __future__ import annotations

from collections.abc import Callable

from inverse.experiments import subjects
from inverse.experiments.appearance import fineness
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import sheet
from inverse.experiments.subjects import LAMBDAS
from inverse.experiments.unit import Unit

__all__ = ["sweep"]


def sweep(name: str, title: str, subject: str, summary: str, alternative: str) -> Experiment:
    """The experiment for one representation."""

    def report(setting: Setting, outcomes: Outcomes) -> Report:
        phi = subjects.representation(subject)
        images = [subjects.picture(setting.first, phi)]
        rows = []
        for weight in LAMBDAS:
            found = outcomes[f"{weight:g}"]
            images.append(found.images[image_name(0)])
            error = percent(found)
            rows.append((weight, error, found.figures["correlation"][0], fineness(images[-1])))
        heads = ["photo", *(f"λ_V = {weight:g}" for weight in LAMBDAS)]
        return Report(
            name,
            title,
            summary,
            (
                Table(
                    name,
                    f"One picture, inverted from {subject}; fineness is 1 for white noise, 0 for a "
                    "flat picture.",
                    (Column("λ_V", "", 1), Column("relative error", "%"),
                     Column("pixel correlation", "", 2), Column("fineness", "", 3)),
                    tuple(rows),
                ),
            ),
            (Figure(name, "Stretched to the full range.", alternative,
                    sheet([images], heads, height=256)),),
        )  # fmt: skip

    return Experiment(name, title, _units(subject), run, report)


def _units(subject: str) -> Callable[[Setting], list[Unit]]:
    return lambda setting: [
        inversion(f"{weight:g}", subject, setting.first, changes={"lambda_tv": weight})
        for weight in LAMBDAS
    ]
