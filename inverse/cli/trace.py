"""``inverse trace IMAGE``: where a gradient is lost on its way back to the image."""

from __future__ import annotations

import argparse
import json
from typing import Any

from inverse.cli.parser import add_network_options
from inverse.cli.representation import add_code_options, add_shape_options, representation
from inverse.image import read_image
from inverse.trace import trace
from inverse.trace.starts import NAMES

__all__ = ["add_commands"]


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "trace",
        help="show what goes through each layer at the start of an inversion",
        description="Follow one evaluation of the loss through every layer, forward from a start "
        "and back to the image. Of each layer: the norms of its output y and of the loss's "
        "gradient dy there; silent, the share of its inputs to which it gives no gradient; dead "
        "and clamped, the shares of its outputs whose derivative is 0, with y <= 0 and y > 0; and "
        "how many values are NaN or infinite. Under it what is amiss, and which other starts "
        "help, found by trying them.",
    )
    command.set_defaults(run=_trace)
    add_code_options(command, "end with this layer")
    command.add_argument(
        "--start",
        choices=NAMES,
        default="noise",
        help="where: the noise that an inversion starts from, flat grey, or the picture (noise)",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    add_shape_options(command.add_argument_group("hog, hogb and dsift"))
    add_network_options(command.add_argument_group("the input of a network"))


def _trace(options: argparse.Namespace) -> int:
    phi = representation(options.representation, options, "--representation")
    found = trace(phi, options.start, read_image(options.image), rng=options.seed)
    print(json.dumps(found.as_dict(), indent=2, allow_nan=False) if options.json else found)
    return 0
