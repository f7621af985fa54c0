"""What each layer forgets, in figures: error, spread of restarts, agreement, naturalness."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import numpy as np

from inverse.experiments import inversions, subjects
from inverse.experiments.document import Column, Finding, Report, Spread, Table, spread
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import inversion
from inverse.experiments.orientations import agreement
from inverse.experiments.unit import Outcome, Unit

__all__ = ["EXPERIMENT"]

NETWORK = "small"
COUNT, RESTARTS = 6, 4
LEVELS = 255


def units(setting: Setting) -> list[Unit]:
    """Every layer with the weight that the paper takes at its depth, four restarts."""
    return [
        inversion(
            f"{layer}/{path.name}",
            f"{NETWORK}/{layer}",
            path,
            restarts=RESTARTS,
            images=False,
        )
        for layer in subjects.layers(NETWORK)
        for path in setting.some(COUNT)
    ]


def run(unit: Unit) -> Outcome:
    """Invert; then see what the whole network makes of it, and how natural its edges are."""
    result = inversions.invert_unit(unit)
    original = result.original
    assert original is not None
    net = subjects.network(NETWORK)
    expected = int(np.argmax(net(net.encode(original))[0]))
    classes = [int(np.argmax(net(x[None])[0])) for x in result.sigma * result.minimum.x]
    figures = {
        "kept": [float(found == expected) for found in classes],
        "natural": [agreement(image, original) for image in result.images],
    }
    return Outcome({**inversions.outcome(unit, result).figures, **figures})


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """A row a layer."""
    paths = setting.some(COUNT)
    rows = [_row(layer, paths, outcomes) for layer in subjects.layers(NETWORK)]
    shares = {row[0]: row[2].mean / max(row[3].mean, 1e-9) for row in rows}
    first, last = rows[0], rows[-1]
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Four restarts of every layer. Pictures far apart with codes close together: that is what "
        "the layer does not see.",
        (_table(rows, len(paths)),),
        findings=(
            Finding(
                "spread",
                f"Two restarts from {first[0]} differ by {first[2].mean:.0f} grey levels, from "
                f"{last[0]} by {last[2].mean:.0f}.",
                last[2].mean,
            ),
            Finding(
                "invariance",
                "For each percent of difference in their codes pictures found from "
                f"{first[0]} differ by {shares[first[0]]:.1f} grey levels, from {last[0]} by "
                f"{shares[last[0]]:.1f}.",
                shares[last[0]],
            ),
            Finding(
                "top-1",
                "The network gives the class of the photo to "
                f"{mean(row[4] for row in rows):.0f} % of all reconstructions, and to "
                f"{min(row[4] for row in rows):.0f} % at the least layer.",
                mean(row[4] for row in rows),
            ),
        ),
    )


Row = tuple[str, Spread, Spread, Spread, float, Spread]


def _row(layer: str, paths: tuple[Path, ...], outcomes: Outcomes) -> Row:
    found = [outcomes[f"{layer}/{path.name}"].figures for path in paths]
    size = {info.name: info.shape for info in subjects.network(NETWORK).layers()}[layer]
    assert size is not None
    numbers = float(np.sqrt(np.prod(size[1:])))
    return (
        layer,
        spread([100 * mean(f["distance"]) / f["norm"] for f in found]),
        spread([LEVELS * mean(f["between images"]) for f in found]),
        # a root mean square over the numbers of a code, times their root, is its norm
        spread([100 * mean(f["between codes"]) * numbers / f["norm"] for f in found]),
        100 * mean(mean(f["kept"]) for f in found),
        spread([100 * mean(f["natural"]) for f in found]),
    )


def _table(rows: list[Row], count: int) -> Table:
    return Table(
        "invariance",
        f"Means over {count} pictures and {RESTARTS} restarts of each, by presets.fast. Distance "
        "of two restarts: of their pictures in grey levels (root mean square), of their codes by "
        "‖Φ₀‖. Top-1: share of the reconstructions that the network gives the photo's class. "
        "Orientations: agreement of the histograms of gradient orientation with the photo's, "
        "100 % if they are equal.",
        (
            Column("layer"),
            Column("relative error", "%"),
            Column("distance of pictures", "grey levels"),
            Column("distance of codes", "%"),
            Column("top-1 kept", "%", 0),
            Column("orientations", "%"),
        ),
        tuple(rows),
    )


EXPERIMENT = Experiment(
    "invariance", "What each layer forgets: the measured invariance", units, run, report
)
