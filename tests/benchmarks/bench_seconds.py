"""Time to the paper's quality: ours with `presets.fast`, against PyTorch on the paper's schedule.

    python tests/benchmarks/bench_seconds.py [PHOTOS] [--rounds N] [--quick] [--json FILE]

PyTorch runs all evaluations of the published schedule, with autograd, in the faster of its two
layouts; the lowest energy on its way is the quality. Ours runs `presets.fast`, with 0.35 of the
paper's steps, until its energy is as low, with its watchers and the record that `inverse.invert`
keeps. Both start from the seed 0, are warm, and take turns; both are timed from the first
evaluation to the last. Fails above 0.3 of PyTorch's seconds in any case.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import inverse
from inverse import kernels
from inverse.compiled import CompiledObjective
from inverse.layers import Affine
from inverse.noise import noise
from inverse.objective import Objective
from inverse.optimize import Stop, default_watchers, minimize
from tests.benchmarks.bench_convergence import photos
from tests.benchmarks.common import (
    Problem,
    interleave,
    median,
    print_setting,
    setting,
    without_forced_blas,
)

MOST = 0.3
SHARE = 0.35
ROUNDS = 3
LAYERS = {"small": ("conv3", "pool5", "fc6"), "alexnet": ("conv3", "pool5")}


@dataclass(frozen=True)
class Row:
    """Seconds, and evaluations, of one case."""

    case: str
    layout: str
    energy: float
    torch_seconds: float
    torch_evaluations: int
    seconds: float
    evaluations: int
    reached: bool

    @property
    def ratio(self) -> float:
        """Ours to PyTorch's; infinite if the energy was never reached."""
        return self.seconds / self.torch_seconds if self.reached else math.inf


def with_preprocessing(layer: Any, shape: tuple[int, ...], layout: str) -> Any:
    """A `TorchNetwork` that takes the scaling of a network's input too."""
    import torch

    from tests.benchmarks.torch_cnn import TorchNetwork

    class Prepared(TorchNetwork):
        def _operation(self, name: str, node: Any) -> Any:
            if not isinstance(node.layer, Affine):
                return super()._operation(name, node)
            scale, shift = (
                torch.as_tensor(np.asarray(value, np.float32)).reshape(-1, 1, 1)
                for value in (node.layer.scale, node.layer.shift)
            )
            return lambda x: x * scale + shift

    return Prepared(layer, shape, layout)


class Case:
    """One layer and photo, with both sides of it."""

    def __init__(self, phi: Any, photo: Any) -> None:
        self.phi, self.target = phi, phi.encode(photo)
        self.shape = self.target.shape[1:]
        self.published = inverse.presets.cvpr2015(phi)
        self.fast = inverse.presets.fast(phi).replace(steps=round(SHARE * self.published.steps))
        self.sigma = phi.sigma * math.sqrt(math.prod(self.shape))
        terms = self.published.terms(self.shape)
        self.problem = Problem(self.sigma, terms["tv"].weight, terms["alpha"].weight, 0.0)
        code = kernels.compile(phi.layer, self.target.shape, self.target.dtype)(self.target).copy()
        self.objective = Objective(phi.layer, inverse.Euclidean(code), terms, self.sigma)

    def torch(self, layout: str) -> Any:
        """A fresh run of PyTorch."""
        from tests.benchmarks.torch_cnn import Torchs

        start = noise((1, *self.shape), 0)
        network = with_preprocessing(self.phi.layer, start.shape, layout)
        return Torchs(network, self.target, start, self.problem, layout)

    def layout(self, each: int) -> str:
        """The layout in which PyTorch is faster here."""
        runs = {layout: self.torch(layout) for layout in ("NCHW", "channels_last")}
        times = interleave(list(runs.values()), 3, each)
        return min(zip(map(median, times), runs, strict=True))[1]

    def published_run(self, layout: str) -> tuple[float, float, int]:
        """PyTorch's seconds, its lowest energy, and its evaluations."""
        run = self.torch(layout)
        compute, found = run.energies, []

        def recorded(x: Any) -> Any:
            energies = compute(x)
            found.append(energies.detach())
            return energies

        run()  # warm; with the rate 0 it does not move
        run.energies = recorded
        begin = time.perf_counter()
        for rate, count in self.published.schedule.stages:
            run._problem = replace(self.problem, rate=rate)
            run._velocity.zero_()
            for _ in range(count):
                run()
        seconds = time.perf_counter() - begin
        return seconds, float(np.nanmin([float(e) for e in found])), len(found)

    def fast_run(self, energy: float) -> tuple[float, int, bool]:
        """Our seconds and evaluations until the energy is that low, and whether it ever was."""
        preset, x = (
            self.fast,
            noise((1, *self.shape), 0, np.float32, self.fast.start_norm, self.fast.start_color),
        )

        def low(step: Any) -> Stop | None:
            return Stop("reached", fault=False) if step.evaluation.energy[0] <= energy else None

        with (
            kernels.single_threaded_blas(),
            closing(
                CompiledObjective(self.objective, self.phi.layer, x.shape, x.dtype)
            ) as compiled,
        ):
            compiled(x)  # warm
            begin = time.perf_counter()
            watchers = [*default_watchers(), low]
            minimum = minimize(compiled, x, preset.optimizer(self.shape), preset.steps, watchers)
            seconds = time.perf_counter() - begin
        return seconds, minimum.steps + 1, minimum.stop[0] == "reached"


def cases(quick: bool) -> Iterator[tuple[str, Any]]:
    """Layers by name."""
    for model in ("small",) if quick else LAYERS:
        network = inverse.cnn(model)
        for layer in LAYERS[model]:
            yield f"{model} {layer}", network.until(layer)


def measure(name: str, case: Case, rounds: int) -> Row:
    """Both sides in turn, and the medians of their seconds."""
    layout = case.layout(5)
    slow, quick = [], []
    for _ in range(rounds):
        slow.append(case.published_run(layout))
        quick.append(case.fast_run(slow[0][1]))
    return Row(
        case=name,
        layout=layout,
        energy=slow[0][1],
        torch_seconds=median([s[0] for s in slow]),
        torch_evaluations=slow[0][2],
        seconds=median([q[0] for q in quick]),
        evaluations=quick[0][1],
        reached=all(q[2] for q in quick),
    )


def main() -> int:
    """Measure every case, print the table, and fail if one is above the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("photos", nargs="?", type=Path, help="a folder (the package's own photos)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each side")
    parser.add_argument("--quick", action="store_true", help="one round, no AlexNet")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the results here")
    options = parser.parse_args()
    without_forced_blas()
    found = setting()
    print_setting(found)
    photo = next(iter(photos(options.photos, 1).values()))
    line = "{:14} {:>13} {:>9} {:>8} {:>6} {:>8} {:>6} {:>6}"
    print(line.format("", "layout", "energy", "torch s", "evals", "ours s", "evals", "ratio"))
    rows = []
    for name, phi in cases(options.quick):
        row = measure(name, Case(phi, photo), 1 if options.quick else options.rounds)
        rows.append(row)
        print(
            line.format(
                name,
                row.layout,
                f"{row.energy:.5f}",
                f"{row.torch_seconds:.2f}",
                row.torch_evaluations,
                f"{row.seconds:.2f}",
                row.evaluations,
                f"{row.ratio:.3f}",
            ),
            flush=True,
        )
    worst = max(row.ratio for row in rows)
    print(f"\nours/PyTorch: at most {worst:.3f} (target {MOST})")
    if options.json:
        record = [vars(row) | {"ratio": row.ratio} for row in rows]
        options.json.write_text(json.dumps({"setting": found, "rows": record}, indent=1))
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
