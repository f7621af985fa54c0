"""Figure 9: the picture found from the central 5×5 units of a layer alone."""

from __future__ import annotations

from inverse.experiments import subjects
from inverse.experiments.document import Column, Figure, Report, Table
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import image_name, inversion, percent, run
from inverse.experiments.sheets import folded, framed
from inverse.experiments.unit import Unit
from inverse.receptive_field import Box

__all__ = ["EXPERIMENT"]

NETWORK, SIDE, COLUMNS = "small", 5, 7
LAMBDA_TV = 50.0


def _layers() -> list[str]:
    """The layers with at least 5×5 places."""
    return [
        info.name
        for info in subjects.network(NETWORK).layers()
        if info.name in subjects.CAFFENET
        and info.shape is not None
        and len(info.shape) == 4
        and min(info.shape[1:3]) >= SIDE
    ]


def units(setting: Setting) -> list[Unit]:
    """Every layer with places, its 5×5 in the middle."""
    return [
        inversion(
            layer,
            f"{NETWORK}/{layer}",
            setting.first,
            changes={"lambda_tv": LAMBDA_TV},
            part={"neighborhood": [SIDE, SIDE]},
        )
        for layer in _layers()
    ]


def field_of_view(layer: str) -> Box:
    """The pixels on which the units depend."""
    net = subjects.network(NETWORK)
    shape = {info.name: info.shape for info in net.layers()}[layer]
    assert shape is not None
    first = [(size - SIDE) // 2 for size in shape[1:3]]
    near = net.receptive_field(layer, first[0], first[1])
    far = net.receptive_field(layer, first[0] + SIDE - 1, first[1] + SIDE - 1)
    return Box(near.top, near.left, far.bottom, far.right)


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """The pictures with their field of view, and its size."""
    net = subjects.network(NETWORK)
    images, names, rows = [subjects.picture(setting.first, net)], ["photo"], []
    for layer in _layers():
        box, found = field_of_view(layer), outcomes[layer]
        image = found.images[image_name(0)]
        images.append(framed(image, box.top + 1, box.left + 1, box.bottom - 2, box.right - 2))
        names.append(layer)
        error = percent(found)
        rows.append((layer, box.right - box.left, box.bottom - box.top, error))
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        f"Only the central {SIDE}×{SIDE} places of the layer are matched, all of their channels; "
        "outside the pixels that these depend on there is the prior alone, which continues what is "
        f"inside as smoothly as it can. pool5 of {NETWORK} has fewer than 5×5 places.",
        (
            Table(
                "fig9",
                "Field of view of the 5×5 units, cut to the picture of 131×131 pixels.",
                (Column("layer"), Column("width", "px", 0), Column("height", "px", 0),
                 Column("relative error", "%")),
                tuple(rows),
            ),
        ),
        (
            Figure(
                "fig9",
                "The box is the field of view of the 5×5 units; stretched to the full range.",
                "The photo, and a picture for each layer with a white box in it, which grows with "
                "depth to the whole picture.",
                folded(images, names, COLUMNS),
            ),
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    "fig9", "Figure 9: what the central 5×5 units of a layer see", units, run, report
)
