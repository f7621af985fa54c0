"""Figure 5: one photo, its HOG glyphs, and what each method finds behind its descriptors."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.competitors import MEASURED, competitor, run
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

TITLES = {
    "hoggle": "HOGgle", "hog": "HOG⁻¹", "hogb": "HOGb⁻¹", "patches": "nearest patches",
    "dsift": "DSIFT⁻¹",
}  # fmt: skip
"""The methods, in the order of the figure."""


def units(setting: Setting) -> list[Unit]:
    """Three inversions and two competitors."""
    return [
        competitor(name, name, setting.first)
        if name in MEASURED
        else inversion(name, name, setting.first)
        for name in TITLES
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The pictures side by side."""
    phi = subjects.representation("hog31")
    photo = subjects.picture(setting.first, phi)
    glyphs = phi.picture(phi(phi.encode(photo))[0])
    images = [photo, glyphs, *(outcomes[name].images[image_name(0)] for name in TITLES)]
    rows = []
    for name, title in TITLES.items():
        found = outcomes[name]
        correlation = found.figures["correlation"][0]
        rows.append((title, MEASURED.get(name, name), percent(found), correlation))
    captions = ["photo", "HOG", *TITLES.values()]
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "HOG shows its histograms as glyphs. HOGgle puts a picture together from learned "
        "atoms, the nearest patches from pieces of at most eight other photos; inversion starts "
        "from noise and a prior that knows of no picture.",
        (
            Table(
                "fig5",
                "Error in the code named beside it, HOG's in 27 channels; HOGgle is given all 31.",
                (Column("method"), Column("code"), Column("relative error", "%"),
                 Column("pixel correlation", "", 2)),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "fig5",
                "Stretched to the full range.",
                "The photo; strokes that stand for its gradients; and what HOGgle, inversion of "
                "HOG and HOGb, nearest patches and inversion of dense SIFT make of the codes.",
                sheet([images[:4], images[4:]], captions=[captions[:4], captions[4:]], height=256),
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment("fig5", "Figure 5: HOG, HOGb and DSIFT side by side", units, run, report)
