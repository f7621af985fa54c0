"""``inverse layers MODEL`` and ``inverse check MODEL``: look at a network, and test its import."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np
from tqdm import tqdm

from inverse import photos
from inverse.cli.parser import BAD_USE, add_network_options, network
from inverse.errors import InputError, ParameterError
from inverse.image import read_image
from inverse.onnx import compare

__all__ = ["add_commands"]

MODEL = "an ONNX file, 'small', or a model that was fetched"
TOLERANCE = 1e-4


def add_commands(commands: Any) -> None:
    """Add both to the parser of the command line."""
    layers = commands.add_parser(
        "layers",
        help="list the layers of a network",
        description="List the layers of a network: name, operation, output, number of weights, "
        "and the receptive field: its size, its stride, and the center of its first unit, in "
        "pixels of the input.",
    )
    layers.set_defaults(run=_layers)
    check = commands.add_parser(
        "check",
        help="compare every layer of a network with onnxruntime",
        description="Compute every layer of a network on a photo, with this package and with "
        "onnxruntime, and print the largest difference of each, absolute and as a share of the "
        f"layer's largest value. Exit status {BAD_USE} if a share is above the tolerance.",
    )
    check.add_argument("--image", metavar="PHOTO", help="a picture file (an embedded photo)")
    check.add_argument(
        "--tolerance", type=float, default=TOLERANCE, metavar="X", help=f"({TOLERANCE:g})"
    )
    check.set_defaults(run=_check)
    for command in (layers, check):
        command.add_argument("model", metavar="MODEL", help=MODEL)
        command.add_argument("--json", action="store_true", help="print JSON")
        add_network_options(command.add_argument_group("the network's input"))


def _layers(options: argparse.Namespace) -> int:
    net = network(options.model, options)
    table = net.layers()
    if options.json:
        print(json.dumps([row.as_dict() for row in table], indent=2))
    else:
        print(table)
    if net.imported.fault:
        print(f"inverse: {net.imported.fault}", file=sys.stderr)
    return 0


def _check(options: argparse.Namespace) -> int:
    if not options.tolerance >= 0:
        raise ParameterError(f"--tolerance must be at least 0, got {options.tolerance:g}")
    net = network(options.model, options)
    picture = read_image(options.image) if options.image else photos.photo("shirt")
    x = net.network_input(net.encode(picture).astype(np.float32))
    x = np.repeat(x, net.imported.shape[0], axis=0)  # of models of a fixed number of images
    rows = []
    with np.errstate(all="ignore"):
        for row in tqdm(
            compare(net.model, net.imported, x),
            total=len(net.imported.nodes),
            disable=None,
            unit="layer",
            leave=False,
        ):
            rows.append(row)
    if not rows:
        raise InputError(f"{net.name} has no layer whose value onnxruntime tells")
    worst = max(rows, key=lambda row: row.relative)
    good = worst.relative <= options.tolerance
    if options.json:
        print(json.dumps([row.as_dict() for row in rows], indent=2))
    else:
        width = max(len(row.name) for row in rows)
        print(f"{'layer':{width}}  {'operation':20}  difference  relative")
        for row in rows:
            print(f"{row.name:{width}}  {row.op:20}  {row.absolute:10.2e}  {row.relative:8.1e}")
        print(
            f"{net.name}: {len(rows)} layers, largest relative difference {worst.relative:.1e} "
            f"at '{worst.name}', {'within' if good else 'above'} {options.tolerance:g}"
        )
    if net.imported.fault:
        print(f"inverse: {net.imported.fault}", file=sys.stderr)
    return 0 if good and not net.imported.fault else BAD_USE
