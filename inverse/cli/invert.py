"""``inverse invert IMAGE``: the package's main job."""

from __future__ import annotations

import argparse
import json
import math
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inverse.cli.folder import CHECKPOINT, claimed
from inverse.cli.parser import INTERRUPTED, add_network_options, complain
from inverse.cli.representation import add_code_options, add_shape_options, representation
from inverse.errors import InputError, OutputError, ParameterError
from inverse.image import MAX_PIXELS, read_image
from inverse.inversion import invert
from inverse.losses import Euclidean, InnerProduct
from inverse.masks import Part
from inverse.optimize import Interrupted, NotKept
from inverse.presets import Preset, cvpr2015, default, fast
from inverse.representations import Cnn, Representation
from inverse.result import Result

__all__ = ["add_commands"]

PRESETS = {"cvpr2015": cvpr2015, "fast": fast}
LOSSES: dict[str, Any] = {"euclidean": Euclidean, "inner": InnerProduct}


def add_commands(commands: Any) -> None:
    """Add the command to the parser of the command line."""
    command = commands.add_parser(
        "invert",
        help="reconstruct an image from its code",
        description="Compute the code of a picture, and reconstruct an image from the code alone. "
        "Writes reconstruction.png (as found; of several restarts the best), comparison.png "
        "(beside the picture and its code), energy.png and result.json. Meanwhile the run is kept "
        "in checkpoint.npz: --resume goes on with one that was killed. The number of processors "
        "to use is set by the environment variable INVERSE_NUM_THREADS.",
    )
    command.set_defaults(run=_invert)
    add_code_options(command, "invert this inner layer instead of the whole code")
    command.add_argument(
        "--restarts", type=int, default=1, metavar="K", help="find K images from K starts (1)"
    )
    command.add_argument(
        "--out", metavar="DIR", help="folder of the results (IMAGE-REPRESENTATION, here)"
    )
    command.add_argument(
        "--every",
        type=int,
        default=25,
        metavar="N",
        help="keep the run after every N steps in DIR/checkpoint.npz, until its result is saved; "
        "0: never (25)",
    )
    command.add_argument(
        "--resume",
        action="store_true",
        help="go on from DIR/checkpoint.npz with the same options; from the start if there is none",
    )
    command.add_argument("--json", action="store_true", help="print the record of the run as JSON")
    command.add_argument(
        "--max-pixels",
        type=int,
        default=MAX_PIXELS,
        metavar="N",
        help=f"refuse pictures of more pixels ({MAX_PIXELS})",
    )
    command.add_argument(
        "--max-memory",
        type=float,
        metavar="GB",
        help="take no more memory than this, by an estimate, besides a network's weights: restarts "
        "are then computed in as many batches as fit",
    )
    command.add_argument("--snapshots", type=int, metavar="K", help="also write every K-th iterate")
    command.add_argument(
        "--device",
        choices=("cpu", "gpu"),
        default="cpu",
        help="where to compute: the processors, or with CuPy a GPU, which is looked at every "
        "10 steps (cpu)",
    )
    add_shape_options(command.add_argument_group("hog, hogb and dsift"))
    add_network_options(command.add_argument_group("the input of a network"))
    _add_part_options(command.add_argument_group("which part of the code is to match"))
    _add_energy_options(command.add_argument_group("the energy and the optimizer"))


PRESET_OPTIONS = ("steps", "lambda_tv", "beta", "lambda_alpha", "alpha", "momentum")
PART_OPTIONS = ("neighborhood", "at", "channels", "group", "unit")


def _add_part_options(group: Any) -> None:
    pair = {"type": int, "nargs": 2}
    group.add_argument(
        "--neighborhood", **pair, metavar=("ROWS", "COLS"), help="a rectangle of places"
    )
    group.add_argument(
        "--at", **pair, metavar=("ROW", "COL"), help="its first place (in the center of the code)"
    )
    group.add_argument("--channels", type=int, nargs="+", metavar="C", help="only these channels")
    group.add_argument(
        "--group", **pair, metavar=("K", "OF"), help="the K-th, from 0, of OF groups of channels"
    )
    group.add_argument(
        "--unit", type=int, nargs="+", metavar="I", help="one number: ROW COL CHANNEL, or CHANNEL"
    )


def _add_energy_options(group: Any) -> None:
    constants = fast()
    group.add_argument(
        "--preset",
        choices=PRESETS,
        help="the same energy by the published optimizer, or by one that takes fewer steps (fast)",
    )
    group.add_argument(
        "--loss",
        choices=LOSSES,
        default="euclidean",
        help="distance to the code, or minus the inner product with it (euclidean)",
    )
    for flag, kind, usual, text in (
        ("--steps", int, f"{constants.steps}", "length of the run"),
        ("--lambda-tv", float, "0.5; networks 0.5, 5 or 50", "weight of the total variation"),
        ("--beta", float, f"{constants.beta:g}", "its exponent, 1 to 3"),
        ("--lambda-alpha", float, f"{constants.lambda_alpha:.4g}", "weight of the alpha-norm"),
        ("--alpha", float, f"{constants.alpha:g}", "its exponent"),
        ("--momentum", float, "0.8 or 0.9", "share of earlier gradients kept at each step"),
    ):
        group.add_argument(flag, type=kind, metavar="X", help=f"{text} ({usual})")


def _invert(options: argparse.Namespace) -> int:
    phi = representation(options.representation, options, "--representation")
    preset, part = _preset(options, phi), _part(options)
    if options.max_pixels < 1:
        raise InputError(f"--max-pixels must be at least 1, got {options.max_pixels}")
    image = read_image(options.image, max_pixels=options.max_pixels)
    # a layer may be called anything, a folder may not
    usual = f"{Path(options.image).stem}-" + re.sub(r"[^\w.-]+", "_", phi.name).strip("._")
    out = Path(usual if options.out is None else options.out)
    checkpoint = _checkpoint(options, out)
    with claimed(out, options.image):
        try:
            result = invert(
                phi,
                image,
                preset=preset,
                restarts=options.restarts,
                mask=part,
                loss=LOSSES[options.loss],
                rng=options.seed,
                snapshots=options.snapshots,
                max_memory=_bytes(options.max_memory),
                progress=True,
                checkpoint=checkpoint,
                every=options.every or 1,
                resume=options.resume,
                files=_files(options, phi),
                device=options.device,
            )
            interrupted = False
        except Interrupted as interruption:
            result, interrupted = interruption.result, True
        except KeyboardInterrupt:  # before there was anything new
            if checkpoint is None or not checkpoint.exists():
                raise
            complain(f"interrupted; a run is kept in {checkpoint}: go on with --resume")
            return INTERRUPTED
        except NotKept as failure:
            return complain(_rescued(failure, out, options.image))
        with _no_interrupts():
            _save(result, out, options.image, checkpoint)
            _report(result, out, options.json)
            if not interrupted:
                (out / CHECKPOINT).unlink(missing_ok=True)
            elif checkpoint and not options.json:
                print(f"go on with --resume: the run is kept in {checkpoint}")
    if interrupted:
        return INTERRUPTED
    # a run that stopped by a fault is kept, and told of
    return complain(result.stop) if all(result.minimum.faults) else 0


def _checkpoint(options: argparse.Namespace, out: Path) -> Path | None:
    if options.every < 0:
        raise ParameterError(f"--every must be a whole number of at least 0, got {options.every}")
    if options.resume and not options.every:
        raise ParameterError("--resume needs a checkpoint: --every must be at least 1, got 0")
    return out / CHECKPOINT if options.every else None


def _files(options: argparse.Namespace, phi: Representation) -> dict[str, str | Path]:
    model = {"model": phi.model.path} if isinstance(phi, Cnn) else {}
    return {"picture": options.image, **model}


def _save(result: Result, out: Path, source: str, checkpoint: Path | None) -> None:
    try:
        result.save(out, source)
    except OutputError as error:
        if checkpoint is None or not checkpoint.exists():
            raise
        raise OutputError(
            f"{error}; the run is kept in {checkpoint}: go on with --resume"
        ) from None


def _rescued(failure: NotKept, out: Path, source: str) -> str:
    """The sentence on a run that cannot be kept, whose result is saved if its folder is gone."""
    if out.exists():
        return str(failure)
    with _no_interrupts():
        failure.result.save(out, source)
    steps = failure.result.minimum.steps
    return f"{failure}; the result after {steps} steps has been saved in a new '{out}'"


def _bytes(gigabytes: float | None) -> int | None:
    if gigabytes is None:
        return None
    if not 0 < gigabytes < math.inf:
        raise ParameterError(f"--max-memory must be a positive number, got {gigabytes:g}")
    return math.ceil(1e9 * gigabytes)


def _preset(options: argparse.Namespace, phi: Representation) -> Preset:
    given = {name: getattr(options, name) for name in PRESET_OPTIONS}
    base = default(phi) if options.preset is None else PRESETS[options.preset](phi)
    return base.replace(**{n: value for n, value in given.items() if value is not None})


def _part(options: argparse.Namespace) -> Part | None:
    given = {name: getattr(options, name) for name in PART_OPTIONS}
    given = {name: tuple(value) for name, value in given.items() if value is not None}
    return Part(**given) if given else None


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C has no effect within: results are being saved."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _report(result: Result, out: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result.summary() | {"out": str(out)}, indent=2))
        return
    print(
        f"{result.representation.name}: {result.stop}; code error {100 * result.code_error:.2f} %, "
        f"relative error {100 * result.relative_error:.2f} %; see {out}/comparison.png"
    )
