"""One case of bench_cnn.py: a network, a layer of it and a batch, by both sides."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Shape
from tests.benchmarks.common import Ours, Problem, fitted, interleave, median
from tests.benchmarks.neighbors import QUIET, Neighbors, wait_until_quiet
from tests.benchmarks.networks import NETWORKS, Cost, Network, cost

MOST_ENERGY, MOST_GRADIENT = 1e-4, 5e-2
"""Differences that are no rounding, nor near-ties decided differently."""


@dataclass(frozen=True)
class Case:
    """What is timed; ``size`` of the images is by default the network's own."""

    network: str
    target: str | None
    batch: int
    size: int | None = None

    @property
    def label(self) -> str:
        size = "" if self.size is None else f" {self.size}×{self.size}"
        return f"{self.network} {self.target or 'whole'}{size} batch {self.batch}"


class Effort(NamedTuple):
    """About how many seconds to time, and at least how many rounds.

    How many seconds to wait until other processes are quiet, and how often to try if they are not.
    """

    seconds: float
    rounds: int
    patience: float
    trials: int


@dataclass(frozen=True)
class Row:
    """What was measured for a case: milliseconds as [median, minimum], and differences.

    ``neighbors`` are the processors that others used meanwhile.
    """

    case: Case
    cost: Cost
    energy_error: float
    gradient_error: float
    ours: list[float]
    torch: dict[str, list[float]]
    neighbors: float
    compiled: dict[str, float] | str | None = None

    @property
    def layout(self) -> str:
        """PyTorch's faster memory format."""
        return min(self.torch, key=lambda name: self.torch[name][0])

    @property
    def ratio(self) -> float:
        """Ours over the better of PyTorch's, by medians."""
        return self.ours[0] / self.torch[self.layout][0]

    @property
    def least_ratio(self) -> float:
        """The same by minima."""
        return self.ours[1] / min(found[1] for found in self.torch.values())

    @property
    def disturbed(self) -> bool:
        """Whether other processes came between, so that the ratio may say nothing."""
        return self.neighbors > QUIET


class Sides:
    """Both sides of a case at the same start, and PyTorch's in each memory format.

    They must agree first: energies to 1e-4, gradients but for a few near-ties of ReLU and max.
    """

    def __init__(self, case: Case) -> None:
        from tests.benchmarks.torch_cnn import FORMATS, Torchs

        layers, target, x, problem = materials(case)
        self.cost = cost(layers, x.shape)
        self.ours = Ours(layers, target, x.copy(), problem)
        self.torch: dict[str, Torchs] = {
            layout: Torchs(_torch_network(case, layout), target, x, problem, layout)
            for layout in FORMATS
        }
        self.energy_error, self.gradient_error = 0.0, 0.0
        expected = self.ours.objective(x)
        for layout, side in self.torch.items():
            energies, gradient = side.evaluate()
            error = float(np.abs(energies / expected.energy - 1).max())
            distance = np.linalg.norm(gradient - expected.gradient)
            distance /= np.linalg.norm(expected.gradient)
            if not (error < MOST_ENERGY and distance < MOST_GRADIENT):
                sys.exit(
                    f"{case.label}, PyTorch {layout}: energies differ by {error:.1e}, gradients by "
                    f"{distance:.1e}"
                )
            self.energy_error = max(self.energy_error, error)
            self.gradient_error = max(self.gradient_error, float(distance))

    def close(self) -> None:
        """End our workers, after checking that both sides still descend."""
        ours = self.ours.objective(self.ours.x).energy
        self.ours.objective.close()
        for energies in (ours, *(side.evaluate()[0] for side in self.torch.values())):
            if not np.isfinite(energies).all():
                sys.exit("a run left the finite numbers: what was timed is not an inversion")


def materials(case: Case) -> tuple[Any, np.ndarray, np.ndarray, Problem]:
    """The layers, the image whose code is the target, the start, and the problem."""
    network = _network(case.network)
    size = case.size or network.size
    shape = (case.batch, size, size, 3)
    values = math.prod(shape[1:])
    x = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    x /= np.float32(math.sqrt(values))
    problem = Problem(network.scale * math.sqrt(values), tv=0.5, alpha=2.16e8, rate=1e-4)
    return network.until(case.target), photo((1, *shape[1:]), network.scale), x, problem


def photo(shape: Shape, scale: float) -> np.ndarray:
    """An image with a photo's spectrum, 1/frequency, and standard deviation ``scale``."""
    noise = np.random.default_rng(7).standard_normal(shape)
    v, u = np.fft.fftfreq(shape[1])[:, None, None], np.fft.rfftfreq(shape[2])[:, None]
    frequency = np.maximum(np.hypot(u, v), 1 / shape[1])
    spectrum = np.fft.rfft2(noise, axes=(1, 2)) / frequency
    image = np.fft.irfft2(spectrum, s=shape[1:3], axes=(1, 2))
    return (scale * (image - image.mean()) / image.std()).astype(np.float32)


def forget_networks() -> None:
    """Let go of the networks that are kept from case to case."""
    _network.cache_clear()
    _torch_network_of.cache_clear()


@lru_cache(maxsize=1)
def _network(name: str) -> Network:
    return NETWORKS[name]()


@lru_cache(maxsize=2)
def _torch_network_of(name: str, target: str | None, size: int, layout: str) -> Any:
    from tests.benchmarks.torch_cnn import TorchNetwork

    return TorchNetwork(_network(name).until(target), (1, size, size, 3), layout)


def _torch_network(case: Case, layout: str) -> Any:
    size = case.size or _network(case.network).size
    return _torch_network_of(case.network, case.target, size, layout)


def measure(case: Case, effort: Effort, compiled: bool) -> Row:
    """Let both sides take turns, again if other processes disturbed them; the quietest counts."""
    sides = Sides(case)
    contenders = [sides.ours, *sides.torch.values()]
    rows: list[Row] = []
    while len(rows) < effort.trials and not (rows and not rows[-1].disturbed):
        wait_until_quiet(effort.patience)
        turns = fitted(contenders, effort.seconds, effort.rounds)
        neighbors = Neighbors()
        times = interleave(contenders, *turns, warm_up=1)
        load = neighbors.load()
        ours, *others = ([median(found), min(found)] for found in times)
        layouts = dict(zip(sides.torch, others, strict=True))
        errors = sides.energy_error, sides.gradient_error
        rows.append(Row(case, sides.cost, *errors, ours, layouts, load))
    row = min(rows, key=lambda row: row.neighbors)
    if compiled:
        row = _with_compiled(row, sides, effort)
    sides.close()
    return row


def _with_compiled(row: Row, sides: Sides, effort: Effort) -> Row:
    """The row with the time of torch.compile in the better layout, or why there is none."""
    eager = sides.torch[row.layout]
    try:
        run = eager.compiled()
        error = float(np.abs(run.evaluate()[0] / eager.evaluate()[0] - 1).max())
    except Exception as error:  # whatever a compiler may raise: it is what we report
        return replace(row, compiled=f"{type(error).__name__}: {str(error).splitlines()[0]}")
    if not error < MOST_ENERGY:
        return replace(row, compiled=f"energies differ by {error:.1e}")
    contenders = [sides.ours, run]
    wait_until_quiet(effort.patience)
    turns = fitted(contenders, effort.seconds, effort.rounds)
    neighbors = Neighbors()
    ours, theirs = (median(times) for times in interleave(contenders, *turns, warm_up=1))
    found = {"ms": theirs, "ratio": ours / theirs, "neighbors": neighbors.load()}
    return replace(row, compiled=found)
