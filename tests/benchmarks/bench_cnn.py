"""Time one iteration of the inversion of convolutional networks, ours against PyTorch.

    python tests/benchmarks/bench_cnn.py [--quick] [--only PATTERN] [--compile] [--under-load]
                                         [--json FILE]

An iteration is forward to the layer, backward to the image alone, TV^β (β 2), the α-norm (α 6),
both with their gradients, and the momentum update, in float32. PyTorch's is the same by autograd,
with constant weights and two threads, in both of its memory formats: the faster is what we are
compared with. The contenders take turns in one process, and must first agree (`cases.Sides`).
What is timed while other processes are busy is marked, and meets no limit (`neighbors`).

After the cases come time against restarts and against the size of the image, and peak memory, each
of a fresh process; with --under-load, how much slower ours is beside two busy processes. Exit
status 1 if a limit is missed. Networks have random weights (`networks`).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import ceilings
from tests.benchmarks.busy import slowdown
from tests.benchmarks.cases import Case, Effort, Row, Sides, measure
from tests.benchmarks.common import (
    fitted,
    interleave,
    median,
    print_setting,
    setting,
    without_forced_blas,
)
from tests.benchmarks.neighbors import QUIET, Neighbors, wait_until_quiet
from tests.benchmarks.peak_memory import peak

BATCHES = (1, 4, 16)
CAFFENET = ("conv1", "norm1", "norm2", "conv5", "pool5", "fc6", "fc8")
OTHERS = {"AlexNet": "pool5", "VGG16": "pool5", "SqueezeNet": None, "ResNet-18": None}
CASES = [Case("CaffeNet", target, batch) for target in CAFFENET for batch in BATCHES]
CASES += [Case(network, target, batch) for network, target in OTHERS.items() for batch in BATCHES]
QUICK = [Case("CaffeNet", target, 1) for target in ("conv1", "norm2", "pool5", "fc8")]
QUICK += [Case("CaffeNet", "pool5", 4)]
QUICK += [Case(network, target, 1) for network, target in OTHERS.items()]

MOST_CAFFENET, MOST_OTHERS, MOST_MEAN = 0.65, 0.9, 0.6
MOST_RESTARTS = {"pool5": 3.7, "fc8": 3.0}
"""The cost of four restarts over that of one, of a convolutional and a fully connected target."""
MOST_SLOWDOWN = 5.0

RESTARTS = (1, 2, 4, 8, 16)
SIZES = (128, 192, 256, 384, 512, 768, 1024)
MEMORY = [
    Case("CaffeNet", "fc8", 1),
    Case("CaffeNet", "fc8", 16),
    Case("VGG16", "pool5", 4),
]


@dataclass
class Bench:
    """The options, what was found so far, and the limits that were missed."""

    quick: bool
    only: str
    compile: bool
    found: dict[str, Any] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    @property
    def effort(self) -> Effort:
        return Effort(0.7, 3, 0.5, 1) if self.quick else Effort(6.0, 7, 20.0, 3)

    def wants(self, label: str) -> bool:
        return re.search(self.only, label) is not None

    def chosen(self, cases: list[Case], prefix: str = "") -> list[Case]:
        return [case for case in cases if self.wants(prefix + case.label)]

    def limit(self, label: str, value: float, most: float, neighbors: float = 0.0) -> str:
        """A mark for the table, and a line for the end, if ``value`` is more than ``most``.

        Or if others used so many processors meanwhile that it cannot be told.
        """
        if neighbors > QUIET:
            self.missed.append(f"{label}: not judged, others used {neighbors:.1f} processors")
            return f"  DISTURBED by {neighbors:.1f} processors of others: says nothing"
        if value <= most:
            return ""
        self.missed.append(f"{label}: {value:.2f}, at most {most}")
        return "  missed"


def times(bench: Bench, ceiling: ceilings.Ceilings) -> None:
    """Every case: ours, PyTorch's, their ratio, and how far each is from the machine's floor."""
    chosen = bench.chosen(QUICK if bench.quick else CASES)
    if not chosen:
        return
    heads = ("ms", "ours", "(min)", "torch", "(min)", "ratio", "(min)", "ΔE", "Δgrad", "GFLOP")
    print(
        "{:26} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6} {:>7}".format(*heads),
        " GFLOP/s ours, torch; floor/ours; torch's layout",
    )
    rows, ratios = [], []
    for case in chosen:
        row = measure(case, bench.effort, bench.compile)
        floor = ceiling.floor(row.cost, case.batch)
        rows.append(_as_dict(row, floor))
        ratios += [] if row.disturbed else [row.ratio]
        most = MOST_CAFFENET if case.network == "CaffeNet" else MOST_OTHERS
        mark = bench.limit(case.label, row.ratio, most, row.neighbors)
        print(_line(row, floor) + mark, flush=True)
    mean = statistics.geometric_mean(ratios) if ratios else None
    if mean is not None:
        whole = len(ratios) == len(QUICK if bench.quick else CASES)
        mark = bench.limit("geometric mean", mean, MOST_MEAN) if whole else ""
        print(f"geometric mean of the {len(ratios)} undisturbed ratios: {mean:.3f}{mark}\n")
    bench.found |= {"cases": rows, "geometric_mean": mean}


def _line(row: Row, floor: float) -> str:
    (ours, ours_min), (theirs, theirs_min) = row.ours, row.torch[row.layout]
    gflop = (row.cost.conv_flops + row.cost.linear_flops) / 1e9
    text = (
        f"{row.case.label:26} {ours:8.2f} {ours_min:8.2f} {theirs:8.2f} {theirs_min:8.2f} "
        f"{row.ratio:6.2f} {row.least_ratio:6.2f} {row.energy_error:6.0e} "
        f"{row.gradient_error:6.0e} {gflop:7.2f}  {gflop / ours * 1e3:5.0f} "
        f"{gflop / theirs * 1e3:5.0f}  {floor / ours:5.2f}  {row.layout}"
    )
    if isinstance(row.compiled, str):
        return f"{text}; torch.compile: {row.compiled}"
    if row.compiled:
        disturbed = " (disturbed)" if row.compiled["neighbors"] > QUIET else ""
        text += "; torch.compile {ms:.2f}, ours/it {ratio:.2f}".format(**row.compiled) + disturbed
    return text


def _as_dict(row: Row, floor: float) -> dict[str, Any]:
    cost = row.cost._asdict()
    derived = {
        "label": row.case.label,
        "cost": cost,
        "layout": row.layout,
        "ratio": row.ratio,
        "ratio_of_minima": row.least_ratio,
        "disturbed": row.disturbed,
        "floor_ms": floor,
    }
    return asdict(row) | derived


def restarts(bench: Bench) -> None:
    """Time and memory against the number of restarts, which run as one batch."""
    for target, most in MOST_RESTARTS.items():
        counts = (1, 4) if bench.quick else RESTARTS
        if not bench.wants(f"restarts CaffeNet {target}"):
            continue
        found = _series([Case("CaffeNet", target, n) for n in counts], bench)
        print(f"restarts of CaffeNet {target}")
        _print_series(counts, found)
        ratio = found["ours"][counts.index(4)] / found["ours"][0]
        label = f"four restarts of {target} over one"
        mark = bench.limit(label, ratio, most, max(found["neighbors"]))
        print(f"four over one: {ratio:.2f}{mark}\n", flush=True)
        bench.found.setdefault("restarts", {})[target] = {"count": counts, **found}


def sizes(bench: Bench) -> None:
    """Time and memory against the side of the image, to a layer that takes any size."""
    chosen = (128, 256, 512) if bench.quick else SIZES
    if not bench.wants("sizes CaffeNet conv5"):
        return
    cases = [Case("CaffeNet", "conv5", 1, size) for size in chosen]
    rows = [measure(case, bench.effort, False) for case in cases]
    found = {"ours": [row.ours[0] for row in rows]}
    found |= {name: [row.torch[name][0] for row in rows] for name in rows[0].torch}
    found["neighbors"] = [row.neighbors for row in rows]
    found |= _memory(cases, rows[-1].layout, bench)
    print("size of the image, CaffeNet conv5")
    _print_series(chosen, found)
    print(flush=True)
    bench.found["sizes"] = {"size": chosen, **found}


def _series(cases: list[Case], bench: Bench) -> dict[str, list[float]]:
    """Milliseconds of each case by side, the cases of a side in turns; and megabytes.

    And "neighbors", the processors that others used meanwhile.
    """
    sides = [Sides(case) for case in cases]
    found: dict[str, list[float]] = {}
    loads = []
    for name in ("ours", *sides[0].torch):
        runs = [side.ours if name == "ours" else side.torch[name] for side in sides]
        for _ in range(bench.effort.trials):
            wait_until_quiet(bench.effort.patience)
            turns = fitted(runs, bench.effort.seconds, bench.effort.rounds)
            neighbors = Neighbors()
            found[name] = [median(times) for times in interleave(runs, *turns, warm_up=1)]
            load = neighbors.load()
            if load <= QUIET:
                break
        loads.append(load)
    best = min(sides[0].torch, key=lambda name: found[name][-1])
    for side in sides:
        side.close()
    return found | {"neighbors": [max(loads)] * len(cases)} | _memory(cases, best, bench)


def _memory(cases: list[Case], layout: str, bench: Bench) -> dict[str, list[float]]:
    """Megabytes of each case by ours and by PyTorch in ``layout``; nothing when in a hurry."""
    if bench.quick:
        return {}
    return {f"{side} MB": [peak(case, side) for case in cases] for side in ("ours", layout)}


def _print_series(counts: tuple[int, ...], found: dict[str, list[float]]) -> None:
    print(f"{'':18}" + "".join(f"{count:>10}" for count in counts))
    for name, values in found.items():
        timed = name != "neighbors" and not name.endswith("MB")
        label = f"{name} ms" if timed else name
        print(f"{label:18}" + "".join(f"{value:10.1f}" for value in values))


def memory(bench: Bench) -> None:
    """Peak memory of fresh processes, against PyTorch's memory format that takes less."""
    cases = bench.chosen(MEMORY[:1] if bench.quick else MEMORY, "memory ")
    for case in cases:
        found = {side: peak(case, side) for side in ("ours", "NCHW", "channels_last")}
        ratio = found["ours"] / min(found["NCHW"], found["channels_last"])
        mark = bench.limit(f"memory of {case.label} over PyTorch's", ratio, 1.0)
        values = ", ".join(f"{side} {megabytes:.0f}" for side, megabytes in found.items())
        print(f"peak memory, MB, {case.label}: {values}{mark}", flush=True)
        bench.found.setdefault("memory", {})[case.label] = found


def under_load(bench: Bench) -> None:
    """How much slower ours is beside two busy processes."""
    print("\nbeside two busy processes, over alone:")
    for case in bench.chosen(QUICK if bench.quick else CASES, "load "):
        ratio, neighbors = slowdown(case, bench.effort)
        mark = bench.limit(f"{case.label} under load", ratio, MOST_SLOWDOWN, neighbors)
        print(f"{case.label:26} {ratio:6.2f}{mark}", flush=True)
        bench.found.setdefault("under_load", {})[case.label] = ratio


def main() -> int:
    """Run it all, print the tables, and fail if a limit is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="few cases and rounds: a minute")
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        default="",
        help="regular expression: what to run of 'CaffeNet fc6 batch 4', …, 'restarts …', "
        "'sizes …', 'memory …', 'load …'",
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile beside it: slow")
    parser.add_argument("--under-load", action="store_true", help="also beside busy processes")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the results here")
    arguments = parser.parse_args()
    without_forced_blas()
    bench = Bench(arguments.quick, arguments.only, arguments.compile)
    bench.found["setting"] = setting()
    print_setting(bench.found["setting"])
    wait_until_quiet(bench.effort.patience)
    ceiling = ceilings.measure()
    bench.found["ceilings"] = asdict(ceiling)
    print(f"{ceiling}\n", flush=True)
    times(bench, ceiling)
    restarts(bench)
    sizes(bench)
    memory(bench)
    if arguments.under_load:
        under_load(bench)
    if arguments.json:
        arguments.json.write_text(json.dumps(bench.found | {"missed": bench.missed}, indent=1))
    if bench.missed:
        print("\nmissed: " + "; ".join(bench.missed))
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
