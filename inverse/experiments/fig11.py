"""Figure 11: what pool5 keeps of different pictures."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

COUNT = 5
LAMBDA_TV = 50.0
SUBJECTS = {"small": "small/pool5", "alexnet": "alexnet/pool5"}


def _subjects(setting: Setting) -> dict[str, str]:
    return {name: SUBJECTS[name] for name in setting.having(SUBJECTS)}


def units(setting: Setting) -> list[Unit]:
    """Five pictures, pool5 of each network."""
    return [
        inversion(f"{name}/{path.name}", subject, path, changes={"lambda_tv": LAMBDA_TV})
        for name, subject in _subjects(setting).items()
        for path in setting.some(COUNT)
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """A sheet and a table."""
    pictures, captions, rows = [], [], []
    for name, subject in _subjects(setting).items():
        phi = subjects.representation(subject)
        pictures.append([subjects.picture(path, phi) for path in setting.some(COUNT)])
        captions.append([path.stem for path in setting.some(COUNT)])
        found = [outcomes[f"{name}/{path.name}"] for path in setting.some(COUNT)]
        pictures.append([one.images[image_name(0)] for one in found])
        errors = [percent(one) for one in found]
        captions.append([f"{name}, {error:.0f} %" for error in errors])
        rows += [
            (f"{name}, {path.stem}", error, one.figures["correlation"][0])
            for path, error, one in zip(setting.some(COUNT), errors, found, strict=True)
        ]
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "The last layer with places. The paper finds parts of things where they were, and less of "
        "their outlines and colors.",
        (
            Table(
                "fig11",
                "Inverted from pool5 with λ_V = 50.",
                (Column("network, picture"), Column("relative error", "%"),
                 Column("pixel correlation", "", 2)),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "fig11",
                "Photos, and what is found from their pool5; stretched to the full range.",
                "Rows of photos, and below each row their reconstructions.",
                sheet(pictures, captions=captions),
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    "fig11", "Figure 11: pool5 of different pictures", units, run, report, tuple(SUBJECTS)
)
