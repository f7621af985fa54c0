"""What the commands share: the parser, exit statuses, options of networks, tables."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from inverse.representations import Cnn, cnn

__all__ = [
    "BAD_USE", "INTERRUPTED", "NETWORK_OPTIONS", "Parser", "add_network_options", "complain",
    "network",
]  # fmt: skip

BAD_USE, INTERRUPTED = 2, 130

NETWORK_OPTIONS = ("size", "mean", "std", "range", "order", "layout")


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, and that takes no abbreviations."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def complain(sentence: str) -> int:
    """One line on stderr; returns the exit status of bad use."""
    print(f"inverse: {sentence}", file=sys.stderr)
    return BAD_USE


def add_network_options(group: Any) -> None:
    """The arguments of `inverse.cnn`; no defaults, so that one given without need is noticed."""
    group.add_argument(
        "--size", type=int, nargs=2, metavar=("H", "W"), help="input size (what the model declares)"
    )
    for name, text in (
        ("mean", "subtracted from its input: one number, or one for each channel"),
        ("std", "by which its input is divided: one number, or one for each channel"),
    ):
        group.add_argument(f"--{name}", type=float, nargs="+", metavar="X", help=text)
    group.add_argument("--range", type=float, metavar="X", help="what white is: 1 or 255")
    group.add_argument("--order", choices=("RGB", "BGR"), help="order of its channels")
    group.add_argument("--layout", choices=("NCHW", "NHWC"), help="order of its axes")


def network(model: str, options: argparse.Namespace) -> Cnn:
    """The network that the options describe."""
    given = {name: getattr(options, name) for name in NETWORK_OPTIONS}
    for name in ("mean", "std"):
        if given[name] is not None and len(given[name]) == 1:
            given[name] = given[name][0]
    return cnn(model, **given)
