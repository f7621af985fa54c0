"""An experiment from beginning to end: its units, its report, and the files of both."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from inverse.experiments.document import Report
from inverse.experiments.engine import Run, reproduce
from inverse.experiments.experiment import Experiment, Setting
from inverse.experiments.unit import Unit, version_of
from inverse.experiments.writing import write
from inverse.image import write_bytes
from inverse.kernels import single_threaded_blas

__all__ = ["perform"]

PACKAGES = ("inverse", "numpy", "scipy", "pillow", "onnx")


def perform(
    experiment: Experiment,
    setting: Setting,
    folder: Path,
    *,
    command: str,
    jobs: int = 1,
    resume: bool = False,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[Iterable[Any], int], Iterable[Any]] | None = None,
) -> Report:
    """Run an experiment as `engine.reproduce` does, and write its report into ``folder``.

    Beside the report's files, which are the same whenever the work is, ``run.json`` tells of this
    run: command, date, machine, seconds of this run, of all units that the report is made of, also
    from earlier runs, and the mean seconds of each kind of unit.
    """
    begin = time.perf_counter()
    run = reproduce(
        experiment,
        setting,
        folder,
        jobs=jobs,
        resume=resume,
        backend=backend,
        scheduler=scheduler,
        watch=watch,
    )
    with single_threaded_blas():
        said = experiment.report(setting, run.outcomes)
    report = replace(
        said,
        summary=" ".join([said.summary, *_common(run.units.values())]),
        settings=_settings(setting),
        records={name: _record(unit, run) for name, unit in run.units.items()},
    )
    write(report, folder)
    about = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "jobs": jobs,
        "seconds": round(time.perf_counter() - begin, 1),
        "units": len(run.units),
        "computed": len(run.computed),
        "seconds of all units": round(sum(run.seconds.values()), 1),
        "seconds a unit": _mean_seconds(run),
    }
    write_bytes(folder / "run.json", (json.dumps(about, indent=2) + "\n").encode())
    return report


def _common(units: Iterable[Unit]) -> list[str]:
    """A sentence on what the inversions have in common, if there are any."""
    inverted = [unit.arguments for unit in units if "preset" in unit.arguments]
    if not inverted:
        return []
    presets = sorted({f"presets.{one['preset']}" for one in inverted})
    subjects = sorted({one["subject"].partition("/")[0] for one in inverted})
    seeds = sorted({one["seed"] for one in inverted})
    return [
        f"Inverted: {', '.join(subjects)}, with {' and '.join(presets)}; the starting noise is "
        f"drawn from seed {', '.join(map(str, seeds))} for every picture."
    ]


def _record(unit: Unit, run: Run) -> dict[str, Any]:
    return {"arguments": dict(unit.arguments), **run.outcomes[unit.name].figures}


def _settings(setting: Setting) -> dict[str, Any]:
    return {
        "pictures": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in setting.images
        },
        "networks": list(setting.models),
        "versions": {"python": platform.python_version()} | {n: version_of(n) for n in PACKAGES},
    }


def _mean_seconds(run: Run) -> dict[str, float]:
    """Mean seconds of the units whose names differ in their last part only."""
    kinds: dict[str, list[float]] = {}
    for name, seconds in run.seconds.items():
        kinds.setdefault(name.rpartition("/")[0] or name, []).append(seconds)
    return {kind: round(mean(found), 2) for kind, found in sorted(kinds.items())}
