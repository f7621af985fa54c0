"""Two busy processes beside the one that is measured: a machine under load."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.cases import Case, Effort, materials
from tests.benchmarks.common import Ours, fitted, interleave, median
from tests.benchmarks.neighbors import Neighbors, wait_until_quiet

SPIN = "while True: pass"
MULTIPLY = "import numpy as np; a = np.ones((512, 512), np.float32)\nwhile True: a @ a"


@contextmanager
def busy_machine() -> Iterator[None]:
    """Within it one process counts, and one multiplies matrices."""
    single = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=single) for code in (SPIN, MULTIPLY)
    ]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def slowdown(case: Case, effort: Effort) -> tuple[float, float]:
    """Ours with two busy processes over ours just before, by medians.

    And the processors that others used before: then too much is taken for the unloaded time.
    """
    layers, target, x, problem = materials(case)
    ours = Ours(layers, target, x, problem)
    wait_until_quiet(effort.patience)
    rounds, each = fitted([ours], effort.seconds / 2, 5)
    neighbors = Neighbors()
    alone = median(interleave([ours], rounds, each)[0])
    before = neighbors.load()
    with busy_machine():
        beside = median(interleave([ours], rounds, each)[0])
    ours.objective.close()
    return beside / alone, before
