"""Learn the dictionary of HOGgle from a folder of photos.

    python -m inverse.baselines.hoggle.learn PHOTOS --out FILE.npz

The state of the learning is kept beside FILE: a stopped run, started again, goes on where it was
and ends with the same dictionary.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from inverse.baselines.hoggle.learning import Learning
from inverse.errors import InputError, InverseError, ParameterError

__all__ = ["main"]

BAD_USE = 2
INTERRUPTED = 130
SUFFIXES = (".jpg", ".jpeg", ".png")

SAVED_EVERY = 60.0
"""Seconds between two states."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, 2 (bad use or input) or 130 (Ctrl-C)."""
    options = _parser().parse_args(arguments)
    try:
        return _learn(options)
    except InverseError as error:
        print(f"learn: {error}", file=sys.stderr)
        return BAD_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inverse.baselines.hoggle.learn",
        description="Learn the paired dictionary of HOGgle from the photos in a folder.",
    )
    parser.add_argument("photos", type=Path, help="folder of .jpg and .png, at any depth")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the .npz to write")
    parser.add_argument("--atoms", type=int, default=1024, metavar="K", help="pairs (1024)")
    parser.add_argument(
        "--batches", type=int, default=500, metavar="T", help="batches of 1024 windows (500)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the windows drawn (0)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=float("inf"),
        help="stop after this time; run again to go on",
    )
    return parser


def _learn(options: argparse.Namespace) -> int:
    photos = sorted(p for p in options.photos.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not photos:
        raise InputError(f"folder '{options.photos}' has no .jpg or .png")
    state = options.out.with_name(options.out.name + ".state")
    learning = _begin(options, photos, state)
    end, saved = time.monotonic() + 60 * options.minutes, time.monotonic()
    bar = tqdm(total=options.batches, initial=learning.batches, unit="batch", disable=None)
    try:
        with bar:
            while learning.batches < options.batches and time.monotonic() < end:
                bar.set_postfix_str(f"objective {learning.step(photos):.4f}")
                bar.update()
                if time.monotonic() - saved > SAVED_EVERY:
                    learning.save(state)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        print(f"learn: interrupted, run again to go on from '{state}'", file=sys.stderr)
        return INTERRUPTED
    learning.save(state)
    learning.dictionary().save(options.out)
    return 0


def _begin(options: argparse.Namespace, photos: list[Path], state: Path) -> Learning:
    """Go on from the state, or start."""
    if not state.exists():
        return Learning.start(photos, options.atoms, options.seed)
    learning = Learning.load(state)
    if (len(learning.atoms), learning.seed) != (options.atoms, options.seed):
        raise ParameterError(
            f"--atoms and --seed must be those of '{state}', {len(learning.atoms)} and "
            f"{learning.seed}, got {options.atoms} and {options.seed}"
        )
    return learning


if __name__ == "__main__":
    sys.exit(main())
