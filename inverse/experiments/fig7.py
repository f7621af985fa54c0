"""Figure 7: several reconstructions from one code of a deep layer."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from inverse.experiments import subjects
from inverse.experiments.document import Column, Figure, Finding, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

LAYERS = {"pool5": 0.5, "relu6": 5.0, "relu7": 50.0, "fc8": 50.0}
"""Layers, and the λ_V of the authors' script for them."""

RESTARTS = 6
LEVELS = 255


def _pictures(setting: Setting) -> dict[str, Path | None]:
    return {"photo": setting.first, "pattern": None}


def units(setting: Setting) -> list[Unit]:
    """A photo and an abstract pattern, four layers, six restarts as one batch."""
    return [
        inversion(
            f"{layer}/{name}", f"small/{layer}", path, changes={"lambda_tv": tv}, restarts=RESTARTS
        )
        for layer, tv in LAYERS.items()
        for name, path in _pictures(setting).items()
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The reconstructions, and how far they are from one another and from the original."""
    rows, sheets = [], []
    for name, path in _pictures(setting).items():
        pictures, captions = [], []
        for layer in LAYERS:
            found = outcomes[f"{layer}/{name}"]
            figures = found.figures
            rows.append(
                (
                    f"{layer}, {name}",
                    100 * mean(figures["distance"]) / figures["norm"],
                    LEVELS * mean(figures["between images"]),
                    LEVELS * mean(figures["from original"]),
                    mean(figures["correlation"]),
                )
            )
            phi = subjects.representation(f"small/{layer}")
            kept = [found.images[image_name(i)] for i in range(RESTARTS)]
            pictures.append([subjects.picture(path, phi), *kept])
            captions.append([name, *(f"{layer}, {i + 1}" for i in range(RESTARTS))])
        sheets.append(
            Figure(
                f"fig7-{name}",
                f"The {name}, and six reconstructions from each layer of small: "
                f"{', '.join(f'{layer} with λ_V = {tv:g}' for layer, tv in LAYERS.items())}.",
                "Four rows of seven pictures: the original, and six reconstructions from one code.",
                sheet(pictures, captions=captions),
            )
        )
    nearest = min(rows, key=lambda row: row[2])
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Six runs from different noise, each as it would be alone: the authors' script divides the "
        "data term of a batch by its size, which is not followed here. How far pictures are from "
        "one another whose codes differ so little says what the layer forgets.",
        (
            Table(
                "fig7",
                "Means over the restarts. Distances of pictures are root mean squares over all "
                "values, in grey levels.",
                (Column("layer, picture"), Column("relative error of the code", "%"),
                 Column("between restarts", "grey levels"),
                 Column("from the original", "grey levels"),
                 Column("correlation with the original", "", 2)),
                tuple(rows),
            ),
        ),
        tuple(sheets),
        (
            Finding(
                "restarts",
                f"Two restarts differ by at least {nearest[2]:.0f} grey levels in the mean (at "
                f"{nearest[0]}), and from the original by "
                f"{min(row[3] for row in rows):.0f} or more.",
                nearest[2],
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    "fig7", "Figure 7: several reconstructions from deep layers", units, run, report
)
