"""``inverse report DIR``: one page over every experiment found in a folder."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from inverse.errors import InputError

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "report",
        help="make one page over the experiments in a folder",
        description="Make one page over every experiment that `inverse reproduce` wrote into a "
        "folder or below it: each results.json and its figures. The page is a single file that "
        "needs no network.",
    )
    command.set_defaults(run=_report)
    command.add_argument("folder", type=Path, metavar="DIR", help="folder to look in")
    command.add_argument("--out", type=Path, metavar="FILE", help="the page (DIR/index.html)")
    command.add_argument("--title", metavar="T", help="its title")


def _report(options: argparse.Namespace) -> int:
    # imported here: no other command needs the experiments and the packages of their reports
    from inverse.experiments import EXPERIMENTS
    from inverse.experiments.writing import RESULTS, TITLE, read, write_page

    order = list(EXPERIMENTS)

    def place(path: Path) -> tuple[int, list[tuple[str, int]]]:
        """In the order of the paper; what is not of the paper after it, by name."""
        name = path.parent.name
        return order.index(name) if name in order else len(order), _natural(path)

    found = sorted(options.folder.rglob(RESULTS), key=place)
    if not found:
        raise InputError(f"no {RESULTS} in '{options.folder}' or below it")
    out = options.out or options.folder / "index.html"
    write_page([read(path.parent) for path in found], out, options.title or TITLE)
    print(out)
    return 0


def _natural(path: Path) -> list[tuple[str, int]]:
    """A key that sorts fig2 before fig10."""
    parts = re.findall(r"(\D*)(\d*)", str(path))
    return [(words, int(number or 0)) for words, number in parts]
