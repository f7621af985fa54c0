"""What this machine can do at most: products of large matrices, and reading a large matrix.

    python tests/benchmarks/ceilings.py

A convolution cannot be faster than its multiplications at the rate of the best matrix product
(but Winograd's form has fewer of them), a fully connected layer for one image not faster than its
weights come from memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.common import print_setting, setting, without_forced_blas
from tests.benchmarks.neighbors import QUIET, Neighbors
from tests.benchmarks.networks import Cost

SIDE = 1024
FC6 = (4096, 9216)
"""The largest matrix of CaffeNet: 151 MB, more than any cache holds."""


@dataclass(frozen=True)
class Ceilings:
    """The best of several trials: float32 matrix products, and matrix times vector.

    With one thread; with two threads, BLAS's own or ours over a BLAS of one, the better; and
    PyTorch's with its two. ``neighbors`` are the processors that others used meanwhile.
    """

    gemm_1: float
    gemm_2: float
    gemm_torch: float
    gemv_1: float
    gemv_2: float
    gemv_torch: float
    neighbors: float

    def __str__(self) -> str:
        return (
            f"sgemm {SIDE}³, GFLOP/s: {self.gemm_1:.0f} with 1 thread, {self.gemm_2:.0f} with 2, "
            f"torch {self.gemm_torch:.0f}\n"
            f"sgemv {FC6[0]}×{FC6[1]}, GB/s: {self.gemv_1:.1f} with 1 thread, {self.gemv_2:.1f} "
            f"with 2, torch {self.gemv_torch:.1f}"
            + (f"\nDISTURBED by {self.neighbors:.1f} processors" if self.neighbors > QUIET else "")
        )

    def floor(self, cost: Cost, batch: int) -> float:
        """Milliseconds of the multiplications at the best rate, and of reading the weights.

        The products of fully connected layers take whichever is longer.
        """
        rate = max(self.gemm_2, self.gemm_torch) * 1e9
        read = cost.linear_bytes / (max(self.gemv_2, self.gemv_torch) * 1e9)
        linear = max(read, cost.linear_flops / rate) if batch > 1 else read
        return (cost.conv_flops / rate + linear) * 1e3


def measure(seconds: float = 0.3) -> Ceilings:
    """Measure it all, each for about ``seconds``."""
    import torch
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(0)
    a, b, out = (rng.standard_normal((SIDE, SIDE), dtype=np.float32) for _ in range(3))
    weight = rng.standard_normal(FC6, dtype=np.float32)
    x, y = np.ones(FC6[1], np.float32), np.empty(FC6[0], np.float32)
    halves = [slice(0, SIDE // 2), slice(SIDE // 2, SIDE)]
    rows = [slice(0, FC6[0] // 2), slice(FC6[0] // 2, FC6[0])]
    neighbors = Neighbors()
    flops, read = 2 * SIDE**3 / 1e9, weight.nbytes / 1e9
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(2) as pool:
        gemm = [_best(lambda: np.matmul(a, b, out=out), seconds)]
        gemv = [_best(lambda: np.matmul(weight, x, out=y), seconds)]

        def two(part: Callable[[slice], object], shares: list[slice]) -> None:
            other = pool.submit(part, shares[0])
            part(shares[1])
            other.result()

        gemm.append(_best(lambda: two(lambda s: np.matmul(a[s], b, out=out[s]), halves), seconds))
        gemv.append(_best(lambda: two(lambda s: np.matmul(weight[s], x, out=y[s]), rows), seconds))
    with threadpool_limits(2, "blas"):
        gemm[1] = min(gemm[1], _best(lambda: np.matmul(a, b, out=out), seconds))
        gemv[1] = min(gemv[1], _best(lambda: np.matmul(weight, x, out=y), seconds))
    ta, tb, tw, tx = (torch.from_numpy(array) for array in (a, b, weight, x))
    gemm.append(_best(lambda: torch.mm(ta, tb), seconds))
    gemv.append(_best(lambda: torch.mv(tw, tx), seconds))
    rates = *(flops / t for t in gemm), *(read / t for t in gemv)
    return Ceilings(*rates, neighbors.load())


def _best(call: Callable[[], object], seconds: float) -> float:
    """Seconds of the fastest call, of as many as fit into ``seconds`` after a first."""
    call()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - begin)
    return best


def main() -> None:
    """Print the setting and the ceilings."""
    without_forced_blas()
    print_setting(setting())
    print(measure(1.0))


if __name__ == "__main__":
    main()
