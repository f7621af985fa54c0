"""What the benchmarks share: turns taken in one process, our side of a run, the setting they print.

An iteration is the data term forward and backward, both regularizers with their gradients, and
the momentum update.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
TORCH_THREADS = 2
PAUSE = 0.02
"""Seconds between two contenders, in which the first one's threads stop waiting by spinning.

PyTorch's (libgomp) spin for about 7 ms on an idle processor, and would hold one of the next
contender's: after a pause of 3 ms its first call took 4 ms longer, whatever it computed.
"""

Contender = Callable[[], None]


@dataclass(frozen=True)
class Problem:
    """What both sides minimize: E(x) = ‖Φ(σx) − Φ₀‖²/‖Φ₀‖² + λ_V R_V2(x) + λ_α R_6(x), and how."""

    sigma: float
    tv: float
    alpha: float
    rate: float


class Ours:
    """One run of the library, iteration by iteration."""

    def __init__(self, phi: Any, target: np.ndarray, x: np.ndarray, problem: Problem) -> None:
        from inverse import kernels
        from inverse.compiled import CompiledObjective
        from inverse.losses import Euclidean
        from inverse.objective import Objective, Term
        from inverse.optimize import Momentum, Stages
        from inverse.regularizers import AlphaNorm, TotalVariation

        code = kernels.compile(phi, target.shape, target.dtype)(target).copy()
        terms = {
            "tv": Term(problem.tv, TotalVariation()),
            "alpha": Term(problem.alpha, AlphaNorm()),
        }
        plain = Objective(phi, Euclidean(code), terms, problem.sigma)
        self.objective = CompiledObjective(plain, phi, x.shape, x.dtype)
        self._optimizer = Momentum(Stages(((problem.rate, 1),)))
        self.x, self._state = x, self._optimizer.init(x)

    def __call__(self) -> None:
        gradient = self.objective(self.x).gradient
        self.x, self._state = self._optimizer.step(self.x, gradient, self._state)


def interleave(
    contenders: Sequence[Contender], rounds: int, each: int, warm_up: int | None = None
) -> list[list[float]]:
    """Milliseconds of one call, ``rounds`` for each contender, each the mean of ``each`` calls.

    Before that, ``warm_up`` calls of each that are not counted; by default ``each``.
    """
    times: list[list[float]] = [[] for _ in contenders]
    for contender in contenders:
        for _ in range(each if warm_up is None else warm_up):
            contender()
    for _ in range(rounds):
        for contender, found in zip(contenders, times, strict=True):
            time.sleep(PAUSE)
            begin = time.perf_counter()
            for _ in range(each):
                contender()
            found.append((time.perf_counter() - begin) / each * 1e3)
    return times


def fitted(contenders: Sequence[Contender], seconds: float, rounds: int) -> tuple[int, int]:
    """How many rounds, at least ``rounds``, and calls in each, take about ``seconds``.

    A call of each contender, after another that is not counted, tells. Several calls in a round
    for the first after another contender's finds its arrays out of the cache.
    """
    longest, total = 0.0, 0.0
    for _ in range(2):
        found = [times[0] / 1e3 for times in interleave(contenders, 1, 1, warm_up=0)]
        longest, total = max(found), sum(found)
    each = int(min(10, max(5, 0.03 // longest)))
    return int(max(rounds, min(25, seconds // (each * total)))), each


def median(times: Sequence[float]) -> float:
    """The median."""
    return statistics.median(times)


def without_forced_blas() -> None:
    """Start this script again if the environment forces a BLAS kernel that is not the machine's."""
    if any(name in os.environ for name in FORCED):
        clean = {key: value for key, value in os.environ.items() if key not in FORCED}
        print(f"starting again without {' and '.join(FORCED)}", file=sys.stderr)
        os.execve(sys.executable, [sys.executable, *sys.argv], clean)


def setting() -> dict[str, Any]:
    """Give PyTorch its threads, and say what runs: versions, BLAS pools and thread counts."""
    import torch
    from threadpoolctl import threadpool_info

    from inverse.kernels.threads import number_of_threads

    torch.set_num_threads(TORCH_THREADS)
    keys = ("user_api", "internal_api", "version", "architecture", "num_threads")
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
        "our_threads": number_of_threads(),
        "pools": [{key: pool.get(key) for key in keys} for pool in threadpool_info()],
    }


def print_setting(found: dict[str, Any]) -> None:
    """Print what `setting` found."""
    for pool in found["pools"]:
        print(", ".join(f"{key} {value}" for key, value in pool.items()))
    print(
        f"{found['processors']} × {found['processor']}; ours: {found['our_threads']} threads, "
        f"numpy {found['numpy']}; torch {found['torch']}: {found['torch_threads']} threads\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "processor"
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "?")
