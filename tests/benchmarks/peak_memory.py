"""Peak memory of a fresh process that runs a few iterations of one side of a case.

    python tests/benchmarks/peak_memory.py ours|NCHW|channels_last NETWORK LAYER|whole BATCH [SIZE]

The peak counts from when the network stands ready, and so do its weights; for ours in our layout,
for PyTorch in PyTorch's alone. It is the process's own high-water mark (VmHWM of /proc: ru_maxrss
begins with what the parent had), and with workers what they have to themselves.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.cases import Case, forget_networks, materials
from tests.benchmarks.common import TORCH_THREADS, Contender, Ours

ITERATIONS = 4


def peak(case: Case, side: str) -> float:
    """Megabytes of a fresh process, for ``side`` ours or one of PyTorch's memory formats."""
    words = [case.network, case.target or "whole", str(case.batch)]
    words += [] if case.size is None else [str(case.size)]
    done = subprocess.run(
        [sys.executable, __file__, side, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"peak memory of {case.label}, {side}:\n{done.stderr}")
    return float(done.stdout)


def main() -> None:
    """Run one side and print its peak in megabytes."""
    side, network, target, batch, *size = sys.argv[1:]
    layer = None if target == "whole" else target
    case = Case(network, layer, int(batch), int(size[0]) if size else None)
    run = _ours(case) if side == "ours" else _torchs(case, side)
    for _ in range(ITERATIONS):
        run()
    workers = sum(_private(child.pid) for child in multiprocessing.active_children())
    print((_field("/proc/self/status", "VmHWM:") + workers) / 1e3)


def _ours(case: Case) -> Contender:
    layers, target, x, problem = materials(case)
    forget_networks()
    _start_counting()
    return Ours(layers, target, x, problem)


def _torchs(case: Case, layout: str) -> Contender:
    import torch

    from tests.benchmarks.torch_cnn import TorchNetwork, Torchs

    torch.set_num_threads(TORCH_THREADS)
    layers, target, x, problem = materials(case)
    network = TorchNetwork(layers, x.shape, layout)
    del layers
    forget_networks()
    _start_counting()
    return Torchs(network, target, x, problem, layout)


def _start_counting() -> None:
    """Give back what is free, and forget the peak so far."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")


def _private(pid: int | None) -> int:
    path = f"/proc/{pid}/smaps_rollup"
    return _field(path, "Private_Clean:") + _field(path, "Private_Dirty:")


def _field(path: str, name: str) -> int:
    """Kilobytes of an entry of /proc."""
    lines = Path(path).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
