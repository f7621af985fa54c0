"""The representation that a name and options describe: of one of ours, or of a network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inverse import models
from inverse.cli.parser import NETWORK_OPTIONS, network
from inverse.errors import ParameterError
from inverse.representations import Representation, dsift, hog

__all__ = ["SHALLOW", "add_code_options", "add_shape_options", "representation"]

HOG_OPTIONS = ("cell_size", "orientations", "no_texture")
DSIFT_OPTIONS = ("bin_size", "step", "window", "window_size")
SHALLOW = {"hog": HOG_OPTIONS, "hogb": HOG_OPTIONS, "dsift": DSIFT_OPTIONS}
"""The representations that are no networks, and their options."""


def add_code_options(command: Any, layer: str) -> None:
    """Picture, representation and layer; ``layer`` is what is done with the last."""
    command.add_argument("image", metavar="IMAGE", help="a picture file of any usual format")
    command.add_argument(
        "--representation",
        default="hogb",
        metavar="NAME",
        help="which code: hog, hogb (HOG with bilinear orientations), dsift, small (the embedded "
        "network), the name of a fetched network, or an ONNX file (hogb)",
    )
    command.add_argument("--layer", metavar="NAME", help=layer)
    command.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the starting noise (0)"
    )


def add_shape_options(group: Any) -> None:
    """The arguments of `inverse.hog` and `inverse.dsift`."""
    # no defaults here, so that an option given for the wrong representation can be refused
    group.add_argument("--cell-size", type=int, metavar="PX", help="hog, hogb: side of a cell (8)")
    group.add_argument(
        "--orientations", type=int, metavar="K", help="hog, hogb: orientations in 180 degrees (9)"
    )
    group.add_argument(
        "--no-texture", action="store_const", const=True, help="hog, hogb: no texture channels"
    )
    group.add_argument("--bin-size", type=int, metavar="PX", help="dsift: side of a bin (4)")
    group.add_argument(
        "--step", type=int, metavar="PX", help="dsift: distance between descriptors (4)"
    )
    group.add_argument(
        "--window", choices=("gaussian", "flat"), help="dsift: weights of pixels (gaussian)"
    )
    group.add_argument(
        "--window-size", type=float, metavar="BINS", help="dsift: width of the Gaussian (2)"
    )


def representation(kind: str, options: argparse.Namespace, argument: str) -> Representation:
    """The representation called ``kind``, or its layer, with the options that are given.

    ``argument`` is where the name came from, for the error that there is none such.
    """
    names = SHALLOW.get(kind, NETWORK_OPTIONS)
    for name in (*HOG_OPTIONS, *DSIFT_OPTIONS, *NETWORK_OPTIONS):
        if name not in names and getattr(options, name) is not None:
            flag = "--" + name.replace("_", "-")
            raise ParameterError(f"{flag} is no option of {kind}")
    phi: Representation
    if kind not in SHALLOW:
        phi = _network(kind, options, argument)
    else:
        given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
        if kind == "dsift":
            phi = dsift(**given)
        else:
            texture = not given.pop("no_texture", False)
            phi = hog(**given, bilinear=kind == "hogb", texture=texture)
    return phi if options.layer is None else phi.until(options.layer)


def _network(name: str, options: argparse.Namespace, argument: str) -> Representation:
    if name not in models.names() and not Path(name).exists():
        choices = ", ".join(("hog", "hogb", "dsift", *models.names()))
        raise ParameterError(f"{argument} must be one of {choices} or an ONNX file, got {name!r}")
    return network(name, options)
