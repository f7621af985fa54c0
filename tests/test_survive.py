"""Runs that are killed at any moment go on to the image that they would have found.

Takes two minutes: ``pytest -m survive``.
"""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import inverse
from inverse.checkpoint import archive

KILLS = 30
STEPS = 600
OPTIONS = ["--representation", "hogb", "--steps", str(STEPS), "--snapshots", "200", "--every", "5"]

pytestmark = [
    pytest.mark.survive,
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
]


def start(folder, photo, *more):
    line = [sys.executable, "-m", "inverse", "invert", str(photo), "--out", str(folder), *OPTIONS]
    workers = os.environ | {"INVERSE_NUM_THREADS": "2"}
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen([*line, *more], env=workers, start_new_session=True, **streams)


def begun(process, folder):
    """Wait until the run has its folder; returns the time."""
    while not (folder / ".lock").exists():
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.002)
    return time.perf_counter()


def contents(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_thirty_kills(tmp_path, capsys):
    photo, draw, began = tmp_path / "photo.png", random.Random(0), time.perf_counter()
    inverse.write_image(photo, inverse.photos.photo("hat")[60:124, 80:144])
    process = start(tmp_path / "whole", photo)
    since = begun(process, tmp_path / "whole")
    _, errors = process.communicate(timeout=100)
    length = time.perf_counter() - since
    assert (process.returncode, errors) == (0, b"")
    whole = contents(tmp_path / "whole")
    assert not any(name.endswith(".npz") or name.startswith(".") for name in whole)

    reached, half_written, kills, late = [], 0, 0, 0
    while kills < KILLS:
        folder = tmp_path / f"run{kills + late}"
        process = start(folder, photo, "--resume")
        begun(process, folder)
        time.sleep(draw.uniform(0, length))
        if process.poll() is not None:  # sooner than the whole run
            late += 1
            continue
        kills += 1
        # all of its processes or the first alone, whose workers then have to notice
        (os.killpg if kills % 2 else os.kill)(process.pid, signal.SIGKILL)
        process.communicate(timeout=100)
        left = contents(folder)
        half_written += any(
            name.startswith(".checkpoint.npz.") and "lock" not in name for name in left
        )
        if "checkpoint.npz" in left:
            text, _ = archive.unpack(folder / "checkpoint.npz")
            reached.append(text["course"]["dict"]["t"])
        process = start(folder, photo, "--resume")
        _, errors = process.communicate(timeout=100)
        assert (process.returncode, errors) == (0, b"")
        assert contents(folder) == whole
    with capsys.disabled():
        print(
            f"\n{KILLS} kills, {len(reached)} with a checkpoint (steps {min(reached)} to "
            f"{max(reached)} of {STEPS}, median {np.median(reached):g}), {half_written} in the "
            f"midst of writing one; all ended in the files of the whole run; {late} runs more "
            "were over before they could be killed; "
            f"{time.perf_counter() - began:.0f} s"
        )
    assert len(reached) >= KILLS // 2
