"""Table 3: how near inversion comes to every layer of a network, with three weights each."""

from __future__ import annotations

from collections.abc import Sequence

from inverse.experiments import subjects
from inverse.experiments.document import Column, Finding, Report, Table, Value, spread
from inverse.experiments.experiment import Experiment, Outcomes, Setting
from inverse.experiments.inversions import inversion, run
from inverse.experiments.subjects import LAMBDAS
from inverse.experiments.unit import Unit

__all__ = ["EXPERIMENT"]

COUNTS = {"small": 30, "alexnet": 10}
"""Networks, and how many pictures of each at the most."""

REFERENCE = 30
"""Pictures for N_Φ at the most."""

ALLOWED = 20.0
"""Percent of code error that the paper's inversions, in its words, rarely exceed."""

PUBLISHED = {
    "conv1": (10.0, 20.2, 40.8), "relu1": (11.3, 22.4, 45.2), "pool1": (21.9, 30.3, 54.1),
    "norm1": (20.3, 28.2, 48.1), "conv2": (12.4, 20.0, 39.7), "relu2": (12.9, 17.4, 32.8),
    "pool2": (15.5, 18.2, 32.7), "norm2": (15.9, 18.4, 32.4), "conv3": (14.5, 14.4, 25.6),
    "relu3": (16.5, 15.1, 26.9), "conv4": (14.9, 13.3, 23.3), "relu4": (13.8, 14.0, 23.9),
    "conv5": (12.6, 15.4, 25.7), "relu5": (15.6, 13.9, 20.1), "pool5": (16.6, 15.5, 19.0),
    "fc6": (12.4, 14.2, 18.6), "relu6": (15.8, 13.7, 18.7), "fc7": (12.8, 15.4, 17.1),
    "relu7": (10.5, 10.8, 15.5), "fc8": (5.3, 5.9, 8.5),
}  # fmt: skip
"""Means of the paper's Table 3 in percent: CaffeNet, 100 pictures of ImageNet."""


def units(setting: Setting) -> list[Unit]:
    """Every layer, weight and picture."""
    return [
        inversion(
            _name(network, layer, weight, path.name),
            f"{network}/{layer}",
            path,
            changes={"lambda_tv": weight},
            images=False,
        )
        for network in setting.having(COUNTS)
        for layer in subjects.layers(network)
        for weight in LAMBDAS
        for path in setting.some(COUNTS[network])
    ]


def _name(network: str, layer: str, weight: float, picture: str) -> str:
    return f"{network}/{layer}/{weight:g}/{picture}"


def report(setting: Setting, outcomes: Outcomes) -> Report:
    """A table and two findings for each network."""
    tables, findings = [], []
    for network in setting.having(COUNTS):
        table, found = _network(network, setting, outcomes)
        tables.append(table)
        findings += found
    return Report(
        EXPERIMENT.name,
        EXPERIMENT.title,
        "Code error ‖Φ(x*) − Φ₀‖/N_Φ, mean ± standard deviation, of every layer with each of the "
        "paper's three weights of the total variation, with presets.fast (400 steps). Bold: the "
        "weight that the paper's Figure 6 takes at this depth. The last column chooses by the "
        f"error instead: the largest weight that leaves at most {ALLOWED:.0f} % (Morozov's "
        "discrepancy principle, the strongest prior that an error allows). small is CaffeNet in "
        "miniature, with the same twenty layers; published are the means for CaffeNet itself.",
        tuple(tables),
        findings=tuple(findings),
    )


def _network(network: str, setting: Setting, outcomes: Outcomes) -> tuple[Table, list[Finding]]:
    paths, rows, best = setting.some(COUNTS[network]), [], set()
    chosen, allowed = [], []
    for i, layer in enumerate(subjects.layers(network)):
        subject = f"{network}/{layer}"
        scale = subjects.normalizer(subject, setting.some(REFERENCE))
        cells = [
            spread(
                [
                    100 * outcomes[_name(network, layer, w, p.name)].figures["distance"][0] / scale
                    for p in paths
                ]
            )
            for w in LAMBDAS
        ]
        bold = LAMBDAS.index(subjects.tv_of(subject))
        best.add((i, 2 + bold))
        chosen.append((cells[bold].mean, layer))
        means = [cell.mean for cell in cells]
        principle = largest_allowed(means)
        allowed.append((means[principle], layer))
        published: Value = ", ".join(f"{v:.1f}" for v in PUBLISHED[layer])
        rows.append((layer, published, *cells, f"λ{principle + 1}"))
    table = Table(
        f"table3-{network}",
        f"{network}, {len(paths)} pictures: code error in percent.",
        (
            Column("layer"),
            Column("published λ1, λ2, λ3", "%"),
            *(Column(f"λ{i + 1} = {w:g}", "%") for i, w in enumerate(LAMBDAS)),
            Column(f"largest with at most {ALLOWED:.0f} %"),
        ),
        tuple(rows),
        frozenset(best),
    )
    ways = {
        "worst": ("the weight chosen by depth", chosen),
        "allowed": (f"the largest weight that leaves at most {ALLOWED:.0f} %", allowed),
    }
    findings = []
    for name, (way, errors) in ways.items():
        error, where = max(errors)
        text = f"{network}: with {way} the mean code error is at most {error:.1f} % (at {where})."
        findings.append(Finding(f"{network} {name}", text, error))
    return table, findings


def largest_allowed(means: Sequence[float]) -> int:
    """The last of the weights that leaves at most `ALLOWED` percent, or else the best of them."""
    found = [i for i, mean in enumerate(means) if mean <= ALLOWED]
    return found[-1] if found else means.index(min(means))


EXPERIMENT = Experiment(
    "table3",
    "Table 3: errors of every layer, with three weights of the prior",
    units,
    run,
    report,
    tuple(COUNTS),
)
