"""The green test: do regions of one color come from the network, or from the prior?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from inverse.experiments import subjects
from inverse.experiments.appearance import greenness
from inverse.experiments.document import Column, Figure, Finding, Report, Table, spread
from inverse.experiments.experiment import Experiment, Outcomes, Setting, spread_evenly
from inverse.experiments.inversions import image_name, inversion, run
from inverse.experiments.sheets import sheet
from inverse.experiments.unit import Unit
from inverse.image import read_image, stretch

__all__ = ["EXPERIMENT"]

COUNT, SHOWN = 6, 3
LAYERS = ("conv1", "norm2", "relu4", "pool5", "relu6", "fc8")
LAMBDA_TV = 50.0
"""The same for all layers, so that the prior is."""


def units(setting: Setting) -> list[Unit]:
    """The least green of the pictures, inverted from layers of all depths."""
    return [
        inversion(f"{layer}/{path.name}", f"small/{layer}", path, changes={"lambda_tv": LAMBDA_TV})
        for layer in LAYERS
        for path in least_green(setting.images)
    ]


@cache
def least_green(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The pictures of least `greenness`, when stretched; of many without any, evenly spread."""

    def green(path: Path) -> float:
        image = read_image(path)
        return greenness(stretch(image)) if image.ndim == 3 else 0.0

    shares = {path: green(path) for path in paths}
    without = [path for path in paths if shares[path] == 0]
    if len(without) > COUNT:
        return tuple(spread_evenly(without, COUNT))
    return tuple(sorted(paths, key=lambda path: shares[path])[:COUNT])


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """How green the reconstructions are, and they themselves."""
    paths, net = least_green(setting.images), subjects.network("small")
    originals = {path: stretch(subjects.picture(path, net)) for path in paths}
    rows = [("photo", spread([100 * greenness(image) for image in originals.values()]))]
    for layer in LAYERS:
        images = [outcomes[f"{layer}/{path.name}"].images[image_name(0)] for path in paths]
        rows.append((layer, spread([100 * greenness(image) for image in images])))
    shares = {name: share.mean for name, share in rows}
    first, last = LAYERS[0], LAYERS[-1]
    pictures = [
        [
            originals[path],
            *(outcomes[f"{layer}/{path.name}"].images[image_name(0)] for layer in LAYERS),
        ]
        for path in paths[:SHOWN]
    ]
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "The prior treats the three channels alike, and is the same here for all layers. So if the "
        "least green photos come back green from deep layers, but not from early ones, it is the "
        "network that cannot tell the color from the true one.",
        (
            Table(
                "green",
                f"Share of green pixels of the {len(paths)} least green pictures and of their "
                "reconstructions with λ_V = 50.",
                (Column("from"), Column("green pixels", "%")),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "green",
                "Stretched to the full range.",
                "Rows of a photo with little green and its reconstructions from six layers.",
                sheet(pictures, ["photo", *LAYERS]),
            ),
        ),
        (
            Finding(
                "green",
                f"Of the photos {shares['photo']:.1f} % of the pixels are green, of what is found "
                f"from {first} {shares[first]:.1f} %, and from {last} {shares[last]:.1f} %.",
                shares[last],
            ),
        ),
    )


EXPERIMENT = Experiment(
    "green", "The green test: a property of the network or of the prior?", units, run, report
)
