"""The command line: ``inverse invert IMAGE --representation hog|hogb|dsift``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from inverse.errors import InputError, InverseError, OutputError, ParameterError
from inverse.image import MAX_PIXELS, read_image
from inverse.inversion import invert
from inverse.optimize import Interrupted
from inverse.presets import Preset, cvpr2015
from inverse.representations import Representation, dsift, hog
from inverse.result import Result, would_overwrite

__all__ = ["build_parser", "main"]

BAD_USE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 2 (bad use or input) or 130 (Ctrl-C)."""
    options = build_parser().parse_args(arguments)
    try:
        return _invert(options)
    except InverseError as error:
        return _complain(str(error))
    except MemoryError:
        return _complain("not enough memory: try fewer restarts or a smaller picture")
    except (OSError, OverflowError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        print("inverse: interrupted, nothing was saved", file=sys.stderr)
        return INTERRUPTED


def _complain(sentence: str) -> int:
    print(f"inverse: {sentence}", file=sys.stderr)
    return BAD_USE


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = _Parser(prog="inverse", description="Find the images behind an image representation.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('inverse')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "invert",
        help="reconstruct an image from its code",
        description="Compute the code of a picture, and reconstruct an image from the code alone. "
        "Writes reconstruction.png (as found; of several restarts the best), comparison.png "
        "(stretched to the full range of grey), energy.png and result.json. The number of "
        "processors to use is set by the environment variable INVERSE_NUM_THREADS.",
        allow_abbrev=False,
    )
    command.add_argument("image", metavar="IMAGE", help="a picture file of any usual format")
    command.add_argument(
        "--representation",
        choices=("hog", "hogb", "dsift"),
        default="hogb",
        help="which code: HOG, HOG with bilinear orientations, or dense SIFT (hogb)",
    )
    command.add_argument(
        "--layer", metavar="NAME", help="invert this inner layer instead of the whole code"
    )
    command.add_argument(
        "--restarts", type=int, default=1, metavar="K", help="find K images from K starts (1)"
    )
    command.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the starting noise (0)"
    )
    command.add_argument(
        "--out", metavar="DIR", help="folder of the results (IMAGE-REPRESENTATION, here)"
    )
    command.add_argument("--json", action="store_true", help="print the record of the run as JSON")
    command.add_argument(
        "--max-pixels",
        type=int,
        default=MAX_PIXELS,
        metavar="N",
        help=f"refuse pictures of more pixels ({MAX_PIXELS})",
    )
    command.add_argument("--snapshots", type=int, metavar="K", help="also write every K-th iterate")
    _add_shape_options(command.add_argument_group("the representation"))
    _add_energy_options(command.add_argument_group("the energy and the optimizer"))
    return parser


HOG_OPTIONS = ("cell_size", "orientations", "no_texture")
DSIFT_OPTIONS = ("bin_size", "step", "window", "window_size")


def _add_shape_options(group: Any) -> None:
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


def _add_energy_options(group: Any) -> None:
    published = cvpr2015()
    for flag, kind, default, text in (
        ("--steps", int, published.steps, "length of the run; the drops of the rate move along"),
        ("--lambda-tv", float, published.lambda_tv, "weight of the total variation"),
        ("--beta", float, published.beta, "its exponent, 1 to 3"),
        ("--lambda-alpha", float, published.lambda_alpha, "weight of the alpha-norm"),
        ("--alpha", float, published.alpha, "its exponent"),
        ("--momentum", float, published.momentum, "share of the velocity kept at each step"),
    ):
        group.add_argument(
            flag, type=kind, default=default, metavar="X", help=f"{text} ({default:.4g})"
        )


def _invert(options: argparse.Namespace) -> int:
    phi = _representation(options)
    preset = _preset(options, phi)
    if options.max_pixels < 1:
        raise InputError(f"--max-pixels must be at least 1, got {options.max_pixels}")
    image = read_image(options.image, max_pixels=options.max_pixels)
    out = Path(f"{Path(options.image).stem}-{phi.name}" if options.out is None else options.out)
    _check_writable(out, options.image)
    interrupted = False
    try:
        result = invert(
            phi,
            image,
            preset=preset,
            restarts=options.restarts,
            rng=options.seed,
            snapshots=options.snapshots,
            progress=True,
        )
    except Interrupted as interruption:
        result, interrupted = interruption.result, True
    with _no_interrupts():
        result.save(out, options.image)
        _report(result, out, options.json)
    if interrupted:
        return INTERRUPTED
    # a run that stopped by a fault is kept, and told of
    return _complain(result.stop) if all(result.minimum.faults) else 0


def _representation(options: argparse.Namespace) -> Representation:
    is_dsift = options.representation == "dsift"
    for name in HOG_OPTIONS if is_dsift else DSIFT_OPTIONS:
        if getattr(options, name) is not None:
            flag = "--" + name.replace("_", "-")
            raise ParameterError(f"{flag} is no option of {options.representation}")
    names = DSIFT_OPTIONS if is_dsift else HOG_OPTIONS
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    phi: Representation
    if is_dsift:
        phi = dsift(**given)
    else:
        texture = not given.pop("no_texture", False)
        phi = hog(**given, bilinear=options.representation == "hogb", texture=texture)
    return phi if options.layer is None else phi.until(options.layer)


def _preset(options: argparse.Namespace, phi: Representation) -> Preset:
    names = ("steps", "lambda_tv", "beta", "lambda_alpha", "alpha", "momentum")
    return cvpr2015(phi).replace(**{name: getattr(options, name) for name in names})


def _check_writable(out: Path, source: str) -> None:
    """Find out before the work, not after it, that the results have no place."""
    if would_overwrite(out, source):
        raise OutputError(f"cannot write into '{out}': it would replace '{source}'")
    if out.exists() and not out.is_dir():
        raise OutputError(f"cannot write into '{out}': it is not a folder")
    new_folders = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into '{out}': {error.strerror}") from None
    finally:
        for folder in new_folders:
            with suppress(OSError):
                folder.rmdir()


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
