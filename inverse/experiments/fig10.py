"""Figure 10: the two groups of filters of the early layers, each inverted alone."""

from __future__ import annotations

from pathlib import Path

from inverse.experiments import subjects
from inverse.experiments.appearance import colorfulness, fineness
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

LAYERS, GROUPS = ("conv1", "norm1", "norm2"), 2
LAMBDA_TV = 0.5


def _pictures(setting: Setting) -> dict[str, Path | None]:
    return {"pattern": None, "photo": setting.first}


def units(setting: Setting) -> list[Unit]:
    """Three layers, both halves of their channels, a pattern and a photo."""
    return [
        inversion(
            f"{layer}/{group}/{name}",
            f"small/{layer}",
            path,
            changes={"lambda_tv": LAMBDA_TV},
            part={"group": [group, GROUPS]},
        )
        for layer in LAYERS
        for group in range(GROUPS)
        for name, path in _pictures(setting).items()
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The pictures of both streams, and how colorful and fine they are."""
    rows, pictures, captions = [], [], []
    for name, path in _pictures(setting).items():
        images = [subjects.picture(path, subjects.network("small"))]
        words = [name]
        for layer in LAYERS:
            for group in range(GROUPS):
                found = outcomes[f"{layer}/{group}/{name}"]
                image = found.images[image_name(0)]
                images.append(image)
                words.append(f"{layer}, half {group + 1}")
                error = percent(found)
                row = (f"{layer}, half {group + 1}, {name}", colorfulness(image), fineness(image))
                rows.append((*row, error))
        pictures.append(images)
        captions.append(words)
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "The second, fourth and fifth convolutions read their input in two groups, each half of "
        "the channels: in CaffeNet training gave one group colors of low frequency, and the other "
        "luminance of high frequency. small has the same groups; the table says how far its two "
        "streams went apart.",
        (
            Table(
                "fig10",
                "Colorfulness is the share of the variance in differences of color; fineness the "
                "mean squared difference of neighbors, 1 for white noise.",
                (Column("layer, half, picture"), Column("colorfulness", "", 3),
                 Column("fineness", "", 3), Column("relative error", "%")),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "fig10",
                "Each half of the channels inverted alone; stretched to the full range.",
                "Two rows: a pattern of discs and bands and a photo, each with six "
                "reconstructions, two halves of the channels of three layers.",
                sheet(pictures, captions=captions),
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment("fig10", "Figure 10: two groups of filters", units, run, report)
