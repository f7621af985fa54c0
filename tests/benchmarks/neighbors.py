"""How busy the machine is with other things, without which no ratio of times says anything.

PyTorch's threads wait for each other by spinning. With another process on the same cores one
iteration takes 10 to 50 times as long, again and again, so that median and minimum agree on it,
and whatever it is compared with looks fast. So what others use is measured, in processors: the
busy time of the machine less that of this process and its workers.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

QUIET = 0.1
"""Processors used by others up to which a measurement counts."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Neighbors:
    """Counts from when it is made; needs Linux's /proc."""

    def __init__(self) -> None:
        self._begin = time.perf_counter(), _machine(), _own()

    def load(self) -> float:
        """Processors that others have used since, on average."""
        begin, machine, own = self._begin
        elapsed = max(time.perf_counter() - begin, 1 / _TICKS)
        return max(0.0, (_machine() - machine) - (_own() - own)) / elapsed


def wait_until_quiet(seconds: float) -> None:
    """Return when others use hardly anything for a moment, or after ``seconds``."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        neighbors = Neighbors()
        time.sleep(0.5)
        if neighbors.load() <= QUIET:
            return


def _machine() -> float:
    """Busy seconds of all processors: neither idle nor waiting for a disk; stolen ones count."""
    names = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _, _, *others = (int(ticks) for ticks in names)
    return (user + nice + system + sum(others)) / _TICKS


def _own() -> float:
    """Processor seconds of this process, its workers, and the children that have ended."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in multiprocessing.active_children():
        after_name = Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(after_name[11]) + int(after_name[12])) / _TICKS
    return total
