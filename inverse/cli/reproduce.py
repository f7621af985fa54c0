"""``inverse reproduce NAME``: a table or figure of the paper, on pictures of your own."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from inverse.errors import ParameterError

__all__ = ["add_commands"]

ALL = "all"


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "reproduce",
        help="reproduce a table or figure of the paper",
        description="Reproduce a table or figure of the paper on a folder of pictures. Every "
        "finished piece of work is a file below OUT/NAME/units, so that a run that was stopped "
        "goes on with --resume. Neither --jobs nor --backend changes a digit. OUT/NAME has "
        "results.json and .csv, tables in Markdown, LaTeX and CSV, the figures, and index.html; "
        "OUT/index.html is the page of all of them.",
    )
    command.set_defaults(run=_reproduce)
    command.add_argument("name", metavar="NAME", nargs="?", help="which one (see --list), or all")
    command.add_argument("--list", action="store_true", help="list the tables and figures")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of pictures")
    command.add_argument("--out", type=Path, metavar="DIR", help="folder to write into")
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (1)")
    command.add_argument(
        "--limit", type=int, metavar="K", help="only so many pictures, evenly spread"
    )
    command.add_argument(
        "--resume", action="store_true", help="take what an earlier run has finished"
    )
    command.add_argument(
        "--backend",
        default="loky",
        metavar="B",
        help="where the processes are: loky (here), dask, ray, or another of joblib's",
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="of the backend dask: its scheduler's address"
    )


def _reproduce(options: argparse.Namespace) -> int:
    # imported here: no other command needs the experiments and the packages of their reports
    from inverse.experiments import EXPERIMENTS, Setting
    from inverse.experiments.engine import refuse_earlier
    from inverse.experiments.perform import perform
    from inverse.experiments.writing import write_page

    if options.list:
        width = max(map(len, EXPERIMENTS))
        for name, experiment in EXPERIMENTS.items():
            print(f"{name.ljust(width)}  {experiment.title}")
        return 0
    if options.name not in (ALL, *EXPERIMENTS):
        raise ParameterError(
            f"NAME must be all or one of {', '.join(EXPERIMENTS)}, got {options.name}"
        )
    for name in ("images", "out"):
        if getattr(options, name) is None:
            raise ParameterError(f"reproduce needs --{name} DIR")
    setting = Setting.of(options.images, options.limit)
    chosen = EXPERIMENTS if options.name == ALL else [options.name]
    if not options.resume:
        for name in chosen:
            refuse_earlier(options.out / name)
    setting.check()
    reports = []
    for name in chosen:
        experiment = EXPERIMENTS[name]
        for line in experiment.absent(setting):
            print(line, file=sys.stderr)
        reports.append(
            perform(
                experiment,
                setting,
                options.out / name,
                command=shlex.join(["inverse", *sys.argv[1:]]),
                jobs=options.jobs,
                resume=options.resume,
                backend=options.backend,
                scheduler=options.scheduler,
                watch=partial(_line, name),
            )
        )
    if options.name == ALL:
        write_page(reports, options.out / "index.html")
    print(options.out / ("index.html" if options.name == ALL else f"{options.name}/index.html"))
    return 0


def _line(name: str, found: Iterable[Any], total: int) -> Iterable[Any]:
    """The units as they come, and a line of progress on a terminal."""
    line: Iterable[Any] = tqdm(found, name, total, unit="unit", disable=None, leave=False)
    return line
