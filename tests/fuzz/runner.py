"""Cases in processes of their own: one that crashes or hangs is at fault, and the next goes on."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

PATIENCE = 30
"""Seconds on the clock after which a case is ended: it has `watch.SECONDS` of processor time."""

ROOT = Path(__file__).parents[2]


class Done(NamedTuple):
    """How the cases of some seeds ended; ``leaks`` are sentences."""

    cases: list
    leaks: list

    @property
    def faults(self):
        """The cases that ended in neither success nor an error of ours."""
        return [case for case in self.cases if case["outcome"].startswith("fault")]


def run(kind, first, last):
    """Run the cases of the seeds first, …, last − 1, one after the other."""
    cases, leaks = [], []
    while first < last:
        found, leaked, first = _run(kind, first, last)
        cases += found
        leaks += leaked
    return Done(cases, leaks)


def _run(kind, first, last):
    """Run until the end, or until a case ends the process: (cases, leaks, where to go on)."""
    environment = {**os.environ, "INVERSE_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fuzz.worker", kind, str(first), str(last)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    cases, seed, state, ending = [], None, None, "it crashed"
    for line in _lines(process):
        if line is None:
            ending = f"it took more than {PATIENCE} s"
            process.kill()
        elif line.startswith("begin "):
            seed = int(line.split()[1])
        elif line.startswith("end "):
            cases.append(json.loads(line[4:]))
            seed = None
        elif line.startswith("state "):
            state = json.loads(line[6:])
    errors = process.stderr.read().decode(errors="replace")
    process.stdout.close()
    process.stderr.close()
    status = process.wait()
    if seed is None and status == 0:
        return cases, _leaks(*state), last
    if seed is None:
        raise AssertionError(f"the worker of {kind} ended with status {status}: {errors}")
    outcome = f"fault: {ending} (status {status}) {errors[-2000:]}"
    cases.append({"seed": seed, "outcome": outcome, "seconds": float(PATIENCE), "peak": 0})
    return cases, [], seed + 1


def _lines(process):
    """The lines of the process, and None if there has been none for too long."""
    data, since = b"", time.monotonic()
    while True:
        wait = PATIENCE - (time.monotonic() - since)
        if not select.select([process.stdout], [], [], max(wait, 0))[0]:
            yield None
            return
        got = os.read(process.stdout.fileno(), 1 << 16)
        if not got:
            return
        *whole, data = (data + got).split(b"\n")
        since = time.monotonic() if whole else since
        yield from (line.decode() for line in whole)


def _leaks(before, after):
    """What has grown over the cases of a process."""
    names, allowed = ("open files", "threads", "bytes"), (2, 2, 300e6)
    return [
        f"{name} grew from {a} to {b}"
        for name, a, b, most in zip(names, before, after, allowed, strict=True)
        if b > a + most
    ]
