"""A small experiment: two photos, found from dense SIFT and fc6, and by nearest patches."""

import sys
from pathlib import Path

from inverse import photos
from inverse.experiments.competitors import competitor, run
from inverse.experiments.document import Column, Report, Table
from inverse.experiments.engine import reproduce
from inverse.experiments.experiment import Experiment, Setting
from inverse.experiments.inversions import inversion

SETTING = Setting(tuple(photos.path(name) for name in ("boots", "hat")), ("small",))
"""Photos of the package."""


def units(setting):
    """Two pictures: dense SIFT, fc6 with two restarts, nearest patches."""
    return [
        inversion(
            f"{steps}/{path.name}",
            "small/fc6" if steps == 3 else "dsift",
            path,
            changes={"steps": steps},
            restarts=1 + (steps == 3),
        )
        for steps in (2, 3)
        for path in setting.images
    ] + [competitor(f"patches/{path.name}", "patches", path) for path in setting.images]


def report(setting, outcomes):
    """A table of the errors."""
    rows = tuple((name, found.figures["distance"][0]) for name, found in outcomes.items())
    return Report(
        "toy", "A toy", "Little.", (Table("toy", "Errors.", (Column("unit"), Column("e")), rows),)
    )


TOY = Experiment("toy", "A toy", units, run, report)


def main(folder, resume):
    """Run it, and say so after each unit."""

    def watch(found, total):
        for i, unit in enumerate(found):
            yield unit
            print(f"{i + 1} of {total}", flush=True)

    reproduce(TOY, SETTING, Path(folder), resume=resume == "resume", watch=watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
