"""Figure 6: one picture, found from the code of every layer of a network."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import folded
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

NETWORKS = ("small", "alexnet")
COLUMNS = 7


def units(setting: Setting) -> list[Unit]:
    """Every layer with the weight that the paper takes at its depth."""
    return [
        inversion(f"{network}/{layer}", f"{network}/{layer}", setting.first)
        for network in setting.having(NETWORKS)
        for layer in subjects.layers(network)
    ]


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """A picture and a table for each network."""
    names = setting.having(NETWORKS)
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "λ_V is 0.5 up to layer 6 of the paper's 20, 5 up to layer 12 and 50 beyond. The paper "
        "finds the photo itself in early layers, and in the fully connected ones parts like its "
        "own, in other places.",
        tuple(_table(name, outcomes) for name in names),
        tuple(_figure(name, setting, outcomes) for name in names),
    )


def _table(network: str, outcomes: Outcomes) -> Table:
    rows = []
    for layer in subjects.layers(network):
        found = outcomes[f"{network}/{layer}"]
        tv = subjects.tv_of(f"{network}/{layer}")
        rows.append((layer, tv, percent(found), found.figures["correlation"][0]))
    heads = (Column("layer"), Column("λ_V"), Column("relative error", "%"))
    columns = (*heads, Column("pixel correlation", "", 2))
    return Table(f"fig6-{network}", f"One picture, every layer of {network}.", columns, tuple(rows))


def _figure(network: str, setting: Setting, outcomes: Outcomes) -> Figure:
    phi = subjects.network(network)
    images = [subjects.picture(setting.first, phi)]
    names = ["photo", *subjects.layers(network)]
    images += [outcomes[f"{network}/{layer}"].images[image_name(0)] for layer in names[1:]]
    return Figure(
        f"fig6-{network}",
        f"The photo, and what is found from each layer of {network}; stretched to the full range.",
        f"{len(images)} pictures in the order of the layers, the photo first.",
        folded(images, names, COLUMNS),
    )  # fmt: skip


EXPERIMENT = Experiment("fig6", "Figure 6: every layer inverted", units, run, report, NETWORKS)
