"""Time one iteration of the inversion of HOG, HOGb and dense SIFT, ours against PyTorch.

    python tests/benchmarks/bench_shallow.py [--quick] [--json FILE]

An iteration is the data term forward and backward, both regularizers with their gradients, and
the momentum update, on 256×256 grey float32 images. The contenders take turns in one process, and
must first agree: energies to 1e-4; gradients are compared in relative L2, where one pixel whose
orientation is a near-tie decided differently by another rounding can contribute 1e-3. What is
timed while other processes are busy is marked, and meets no target (`neighbors`).

The PyTorch side pools by two matrix products, with the fastest of the obvious ways to find bins
and to place pixels; "(sparse)" is the ratio to a PyTorch that scatters pixels into rows of cells,
the kernel's own trick, and multiplies by one matrix.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import (
    Ours,
    Problem,
    interleave,
    median,
    print_setting,
    setting,
    without_forced_blas,
)
from tests.benchmarks.neighbors import QUIET, Neighbors

SIZE = 256
SIGMA = 68.92 * SIZE
PROBLEM = Problem(SIGMA, tv=0.5, alpha=2.16e8, rate=0.004)
MOST_RATIO, MOST_RESTARTS = 0.5, 3.5


@dataclass(frozen=True)
class Row:
    """What was measured for one representation and batch, in milliseconds."""

    representation: str
    batch: int
    torch_variant: str
    energy_error: float
    gradient_error: float
    ours_median: float
    ours_min: float
    torch_median: float
    torch_min: float
    sparse_median: float
    neighbors: float

    @property
    def ratio(self) -> float:
        """Against the matrix form of pooling."""
        return self.ours_median / self.torch_median

    @property
    def disturbed(self) -> bool:
        """Whether other processes were so busy that the ratios say nothing."""
        return self.neighbors > QUIET

    @property
    def sparse_ratio(self) -> float:
        """Against pixels scattered straight into the rows of cells."""
        return self.ours_median / self.sparse_median


class Torchs:
    """The same run in PyTorch."""

    def __init__(self, objective: Any, x: np.ndarray) -> None:
        import torch

        self.objective = objective
        self._x = torch.from_numpy(x[..., 0].copy())
        self._velocity = torch.zeros_like(self._x)

    def __call__(self) -> None:
        _, gradient = self.objective(self._x)
        self._velocity.mul_(0.9).sub_(gradient, alpha=PROBLEM.rate)
        self._x = self._x + self._velocity


def cases() -> dict[str, tuple[Any, list[tuple[str, Any]]]]:
    """For each representation: our chain, and the variants in PyTorch by name."""
    from inverse import layers as l
    from tests.benchmarks.torch_shallow import Options, TorchDsift, TorchHog

    def hog(bilinear: bool) -> tuple[Any, list[tuple[str, Any]]]:
        orientation = l.BilinearOrientation() if bilinear else l.HardOrientation()
        chain = l.Chain(
            {
                "gradient": l.ImageGradient(),
                "orientation": orientation,
                "cells": l.CellPooling(8),
                "normalization": l.BlockNormalization(),
                "clamp": l.Clamp(),
                "sum": l.BlockSum(),
            }
        )
        options = Options.all(("angle",)) if bilinear else Options.all()
        return chain, [
            (f"{o.bins}, {o.histogram}", TorchHog(SIZE, 8, bilinear, o)) for o in options
        ]

    def dsift(bin_size: int, step: int) -> tuple[Any, list[tuple[str, Any]]]:
        chain = l.Chain(
            {
                "gradient": l.ImageGradient(0.5, "one-sided"),
                "orientation": l.ArctanOrientation(),
                "pooling": l.DescriptorPooling(bin_size, step),
                "normalization": l.L2Normalization(),
                "clamp": l.Clamp(),
                "renormalization": l.L2Normalization(),
            }
        )
        options = Options.all(("angle",))
        return chain, [(o.histogram, TorchDsift(SIZE, bin_size, step, o)) for o in options]

    return {
        "HOG": hog(bilinear=False),
        "HOGb": hog(bilinear=True),
        "DSIFT 4/4": dsift(4, 4),
        "DSIFT 5/15": dsift(5, 15),
    }


def photo() -> np.ndarray:
    """A target with edges of all directions: smooth noise and disks, 0–255 less 128."""
    rng = np.random.default_rng(7)
    image = rng.standard_normal((SIZE, SIZE))
    for _ in range(12):
        image = (image + sum(np.roll(image, s, axis=a) for a in (0, 1) for s in (-1, 1))) / 5
    image = 128 + 40 * image / image.std()
    i, j = np.mgrid[:SIZE, :SIZE]
    for y, x, radius, level in ((80, 90, 50, 40), (170, 160, 60, 220), (60, 200, 30, 20)):
        image[(i - y) ** 2 + (j - x) ** 2 < radius**2] += level - 128
    return (np.clip(image, 0, 255) - 128).astype(np.float32)[None, :, :, None]


def measure(name: str, batch: int, chain: Any, variants: Any, rounds: int, each: int) -> Row:
    """Check that the contenders agree, find PyTorch's fastest variant, then time the two."""
    import torch

    from tests.benchmarks.torch_shallow import TorchObjective

    target = photo()
    x = np.random.default_rng(1).standard_normal((batch, SIZE, SIZE, 1))
    x = (x / (SIZE * math.sqrt(1.0))).astype(np.float32)
    ours = Ours(chain, target, x, PROBLEM)
    reference = ours.objective(x)
    candidates = []
    worst_energy = worst_gradient = 0.0
    for variant, phi in variants:
        objective = TorchObjective(
            phi, torch.from_numpy(target[..., 0]), SIGMA, PROBLEM.tv, PROBLEM.alpha
        )
        energy, gradient = objective(torch.from_numpy(x[..., 0].copy()))
        error = float(np.abs(energy.numpy() / reference.energy - 1).max())
        if not error < 1e-4:
            sys.exit(f"{name}, PyTorch '{variant}': energies differ by {error:.1e}")
        difference = gradient.numpy() - reference.gradient[..., 0]
        worst_energy = max(worst_energy, error)
        distance = np.linalg.norm(difference) / np.linalg.norm(reference.gradient)
        worst_gradient = max(worst_gradient, float(distance))
        candidates.append((variant, Torchs(objective, x)))
    trial = interleave([c for _, c in candidates], max(3, rounds // 5), each)
    order = sorted(range(len(candidates)), key=lambda i: median(trial[i]))
    matrix, sparse = (
        next(candidates[i] for i in order if candidates[i][0].endswith("sparse") == wanted)
        for wanted in (False, True)
    )
    neighbors = Neighbors()
    a, b, c = interleave([ours, matrix[1], sparse[1]], rounds, each)
    load = neighbors.load()
    ours.objective.close()
    medians = median(a), min(a), median(b), min(b), median(c)
    return Row(name, batch, matrix[0], worst_energy, worst_gradient, *medians, load)


def restarts(chain: Any, rounds: int, each: int) -> float:
    """The cost of four restarts against one, by medians of interleaved rounds."""
    target = photo()
    x = np.random.default_rng(1).standard_normal((4, SIZE, SIZE, 1)).astype(np.float32) / SIZE
    one, four = (Ours(chain, target, x[:n].copy(), PROBLEM) for n in (1, 4))
    a, b = interleave([one, four], rounds, each)
    four.objective.close()
    return median(b) / median(a)


def main() -> int:
    """Run it all, print the table, and fail if a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the results here")
    arguments = parser.parse_args()
    without_forced_blas()
    print_setting(setting())
    rounds, each = (5, 3) if arguments.quick else (25, 10)
    heads = ("", "batch", "ours", "(min)", "torch", "(min)", "ratio", "(sparse)", "ΔE", "Δgradient")
    print("{:11} {:>5} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8} {:>8} {:>9}".format(*heads))
    rows, four = [], {}
    for name, (chain, variants) in cases().items():
        for batch in (1, 4):
            row = measure(name, batch, chain, variants, rounds, each)
            rows.append(row)
            print(
                f"{name:11} {batch:5} {row.ours_median:8.2f} {row.ours_min:8.2f} "
                f"{row.torch_median:8.2f} {row.torch_min:8.2f} {row.ratio:6.2f} "
                f"{row.sparse_ratio:8.2f} "
                f"{row.energy_error:8.0e} {row.gradient_error:9.0e}  ({row.torch_variant})"
                + (f" DISTURBED by {row.neighbors:.1f} processors" if row.disturbed else ""),
                flush=True,
            )
        four[name] = restarts(chain, rounds, each)
    print("\nfour restarts / one:", ", ".join(f"{k} {v:.2f}" for k, v in four.items()))
    if arguments.json:
        found = [
            asdict(row) | {"ratio": row.ratio, "sparse_ratio": row.sparse_ratio} for row in rows
        ]
        arguments.json.write_text(json.dumps({"rows": found, "four_restarts": four}, indent=1))
    missed = [r for r in rows if r.disturbed or r.ratio > MOST_RATIO] or max(
        four.values()
    ) > MOST_RESTARTS
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
