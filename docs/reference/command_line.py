"""The help of every command, for the page on the command line."""

from __future__ import annotations

import argparse
import os

from inverse.cli import build_parser

WIDTH = "88"


def commands():
    """A section for each command, with its help as a block."""
    os.environ["COLUMNS"] = WIDTH  # argparse asks the terminal how wide it is
    return "\n\n".join(sections(build_parser()))


def sections(parser):
    """The parser's own section, then those of its commands."""
    found = [f"## {parser.prog}\n\n```text\n{parser.format_help().strip()}\n```"]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found += sections(command)
    return found
