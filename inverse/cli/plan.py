"""``inverse plan MODEL``: how an inversion computes a representation, and what that takes."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from inverse.arrangement import Arrangement, arrange
from inverse.arrays import Shape
from inverse.cli.parser import add_network_options
from inverse.cli.representation import SHALLOW, add_shape_options, representation
from inverse.errors import ParameterError
from inverse.kernels import number_of_threads
from inverse.kernels.inventory import Row
from inverse.losses import Euclidean
from inverse.representations import Cnn, Representation

__all__ = ["add_commands"]

SIDE = 256
"""Rows and columns of the pictures of hog, hogb and dsift, if none are asked for."""

HEADS = ("step", "kernel", "output", "MB", "weights", "GFLOP", "back", "way")


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "plan",
        help="show how an inversion computes a representation",
        description="Show the steps by which an inversion computes a representation: the layers "
        "of each; its kernel, and the way that it takes; its output; megabytes of its value and "
        "of what is kept for backward, and of its weights, as they are + as the kernel turns "
        "them; billions of operations forward and backward by the plain formula, two for each "
        "product, of layers without weights one for each number. Under it what the "
        "steps have in common, and the number of processes.",
    )
    command.set_defaults(run=_plan)
    command.add_argument(
        "model", metavar="MODEL", help="hog, hogb, dsift, an ONNX file, or a network's name"
    )
    command.add_argument("--layer", metavar="NAME", help="end with this layer")
    command.add_argument("--batch", type=int, default=1, metavar="N", help="images at once (1)")
    command.add_argument(
        "--threads", type=int, metavar="T", help="processors ($INVERSE_NUM_THREADS, or all)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    add_shape_options(command.add_argument_group("hog, hogb and dsift"))
    add_network_options(command.add_argument_group("the input; all but --size of a network only"))


def _plan(options: argparse.Namespace) -> int:
    if options.batch < 1:
        raise ParameterError(f"--batch must be at least 1, got {options.batch}")
    threads = number_of_threads(options.threads)
    phi, size = _representation(options)
    shape = (options.batch, *size)
    loss = Euclidean(np.ones(phi.output_shape((1, *size)), np.float32))
    found = arrange(phi.layer, loss, shape, np.float32, threads)
    if options.json:
        print(json.dumps(_as_dict(phi, size, found), indent=2))
    else:
        print(_text(phi, size, found))
    return 0


def _representation(options: argparse.Namespace) -> tuple[Representation, Shape]:
    """Φ, and the shape (H, W, C) of its images."""
    if options.model not in SHALLOW:
        phi = representation(options.model, options, "MODEL")
        assert isinstance(phi, Cnn)
        return phi, phi.input_shape[1:]
    size = options.size or [SIDE, SIDE]
    if min(size) < 1:
        raise ParameterError(f"--size must be two whole numbers >= 1, got {size[0]} {size[1]}")
    options.size = None
    return representation(options.model, options, "MODEL"), (*size, 1)


def _as_dict(phi: Representation, size: Shape, found: Arrangement) -> dict[str, Any]:
    programs = [
        {"steps": [row._asdict() for row in program.rows], "image": program.image}
        for program in found.programs
    ]
    return {
        "representation": phi.name,
        "image_shape": size,
        "images": found.images,
        "processes": found.processes,
        "copies": found.copies,
        "bytes": found.memory,
        "programs": programs,
    }


def _text(phi: Representation, size: Shape, found: Arrangement) -> str:
    program = max(found.programs, key=lambda one: one.image)
    table = [HEADS, *(_cells(row) for row in program.rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.rjust(width) if 3 <= i < 7 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    what = "an image"
    if len(found.programs) > 1:
        what = f"the largest of {len(found.programs)} strips of an image"
    images = "x".join(map(str, size))
    lines.insert(0, f"{phi.name}: steps for {what} of {images}")
    memory = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in found.memory.items())
    lines.append(f"images {found.images}, {found.copies} at once; processes {found.processes}")
    lines.append(f"MB of all images and processes: {memory}")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    weights = f"{row.weights / 1e6:.2f}" if row.weights else ""
    if row.transformed:
        weights = f"{weights or 0} + {row.transformed / 1e6:.2f}"
    return (
        " ".join(row.layers),
        row.kernel,
        "x".join(map(str, row.shape)),
        f"{(row.value + row.kept) / 1e6:.2f}",
        weights,
        f"{row.forward / 1e9:.4f}",
        f"{row.backward / 1e9:.4f}",
        row.way,
    )
