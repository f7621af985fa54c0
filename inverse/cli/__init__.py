"""The command line: ``inverse COMMAND``, or ``python -m inverse COMMAND``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version

from inverse.cli import invert, network, plan, report, reproduce, trace, weights
from inverse.cli.parser import BAD_USE, INTERRUPTED, Parser, complain
from inverse.errors import InverseError

__all__ = ["build_parser", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 2 (bad use or input) or 130 (Ctrl-C)."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InverseError as error:
        return complain(str(error))
    except MemoryError:
        return complain("not enough memory: try fewer restarts or a smaller picture")
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        return BAD_USE
    except (OSError, OverflowError) as error:
        return complain(str(error))
    except KeyboardInterrupt:
        print("inverse: interrupted, nothing was saved", file=sys.stderr)
        return INTERRUPTED


def build_parser() -> Parser:
    """The parser of the command line."""
    parser = Parser(prog="inverse", description="Find the images behind an image representation.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('inverse')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (invert, network, plan, trace, weights, reproduce, report):
        group.add_commands(commands)
    return parser
