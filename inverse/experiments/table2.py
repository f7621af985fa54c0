"""Table 2: the layers of the networks, what they are and how much of the picture they see."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.document import Column, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.unit import Outcome, Unit

__all__ = ["EXPERIMENT"]

PUBLISHED = dict(
    zip(subjects.CAFFENET, (11, 11, 19, 19, 51, 51, 67, 67, 99, 99, 131, 131, 163, 163, 195)
        + (355,) * 5, strict=True)
)  # fmt: skip
"""Receptive fields of CaffeNet in pixels; of its fully connected layers larger than the picture."""

NETWORKS = ("small", "alexnet")


def units(setting: Setting) -> list[Unit]:
    """Nothing is to be computed but what the report does."""
    del setting
    return []


def run(unit: Unit) -> Outcome:
    """There are no units."""
    raise AssertionError(unit)


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """A table for each network that is there."""
    del outcomes
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Layers with their number of channels, and their receptive field: the pixels on which a "
        "unit depends. Published: CaffeNet's, whose layers small has; there the fully connected "
        "layers are counted as convolutions, and see 355 pixels of a picture of 227.",
        tuple(_table(network) for network in setting.having(NETWORKS)),
    )


def _table(network: str) -> Table:
    rows = []
    for info in subjects.network(network).layers():
        if info.name not in PUBLISHED or info.shape is None:
            continue
        size, stride, center = ("all", "", "") if info.field is None else (f[0] for f in info.field)
        output = "×".join(map(str, info.shape[1:]))
        rows.append(
            (info.name, info.op, output, info.shape[-1], size, stride, center, PUBLISHED[info.name])
        )
    heads = ("layer", "type", "output", "channels", "receptive field", "stride", "center")
    units_of = ("", "", "", "", "px", "px", "px", "px")
    return Table(
        f"table2-{network}",
        f"The layers of {network}.",
        tuple(
            Column(head, unit, 0)
            for head, unit in zip((*heads, "published field"), units_of, strict=True)
        ),
        tuple(rows),
    )


EXPERIMENT = Experiment(
    "table2", "Table 2: the layers of the networks", units, run, report, NETWORKS
)
