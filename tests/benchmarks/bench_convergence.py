"""Count the evaluations that `presets.fast` takes to the energy of the paper's schedule.

    python tests/benchmarks/bench_convergence.py [PHOTOS] [--out DIR] [--quick] [--json FILE]

Both presets minimize the same energy, with the same weights. For each representation and photo,
`presets.cvpr2015` runs as published; then `presets.fast` runs with half as many steps, and the
evaluations are counted after which its energy is first as low. An evaluation is the energy with
its gradient at one image. Every finished pair is a file under ``--out``, so a stopped run goes on
where it was. Fails if the ratio of the counts is above 0.4 in geometric mean, or anywhere above
0.8, or if half the evaluations end at a higher energy.

Where the published rates make a run diverge, it is stopped and keeps its best image, whose energy
is the reference then, as it came out; "stopped" counts these runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import inverse
from inverse.image import write_bytes

MOST_MEAN, MOST, MOST_ENERGY = 0.4, 0.8, 1.0
PHOTOS = 5
SIZE = 256
LAYERS = {
    "small": ("conv1", "pool1", "conv3", "pool5", "fc6"),
    "alexnet": ("conv1", "pool1", "conv3", "conv5", "pool5"),
}


@dataclass(frozen=True)
class Pair:
    """What was found for one representation and photo."""

    case: str
    photo: str
    lambda_tv: float
    published_evaluations: int
    published_energy: float
    published_stopped: bool
    evaluations: int | None
    energy: float

    @property
    def ratio(self) -> float:
        """Of the evaluations, to the published ones; infinite if the energy was never reached."""
        return (
            math.inf
            if self.evaluations is None
            else self.evaluations / (self.published_evaluations)
        )

    @property
    def energy_ratio(self) -> float:
        """Of the energies after half the evaluations and after all of the paper's."""
        return self.energy / self.published_energy


def cases(quick: bool) -> Iterator[tuple[str, Any]]:
    """Representations by name."""
    yield "HOG", inverse.hog()
    yield "HOG, 27 channels", inverse.hog(texture=False)
    yield "HOGb", inverse.hog(bilinear=True)
    yield "HOGb, 27 channels", inverse.hog(bilinear=True, texture=False)
    yield "DSIFT 5/15", inverse.dsift(bin_size=5, step=15)
    for model in ("small",) if quick else LAYERS:
        network = inverse.cnn(model)
        for layer in LAYERS[model]:
            yield f"{model} {layer}", network.until(layer)


def photos(folder: Path | None, count: int) -> dict[str, Any]:
    """Pictures by name: spread over a folder, or the package's own."""
    if folder is None:
        return {name: inverse.photos.photo(name) for name in inverse.photos.names()[:count]}
    paths = sorted(folder.glob("*.jpg"))
    if not paths:
        raise SystemExit(f"no .jpg in {folder}")
    return {p.stem: inverse.read_image(p) for p in paths[:: math.ceil(len(paths) / count)]}


def compare(case: str, phi: Any, name: str, photo: Any, steps: int | None) -> Pair:
    """Run both presets; ``steps`` shortens the published one."""
    published, fast = inverse.presets.cvpr2015(phi), inverse.presets.fast(phi)
    if steps is not None:
        published = published.replace(steps=steps)
    fast = fast.replace(steps=published.steps // 2)
    if not isinstance(phi, inverse.Cnn):
        photo = inverse.grey(inverse.center_crop(photo, SIZE, SIZE))
    slow = inverse.invert(phi, photo, preset=published, rng=0, normalizer=1.0)
    quick = inverse.invert(phi, photo, preset=fast, rng=0, normalizer=1.0)
    reached = np.flatnonzero(quick.history["energy"][:, 0] <= slow.energy)
    return Pair(
        case=case,
        photo=name,
        lambda_tv=published.lambda_tv,
        published_evaluations=published.steps,
        published_energy=slow.energy,
        published_stopped=slow.minimum.faults[0],
        evaluations=int(reached[0]) + 1 if len(reached) else None,
        energy=quick.energy,
    )


def kept(file: Path, key: str) -> Pair | None:
    """What an earlier run found with the same constants."""
    if not file.exists():
        return None
    record = json.loads(file.read_text())
    return Pair(**record["pair"]) if record["key"] == key else None


def mean(values: Sequence[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(math.log(v) for v in values) / len(values))


HEADS = ("", "λ_V", "paper's", "stopped", "fast", "ratio", "worst", "energy", "worst")
FORMAT = "{:18} {:>5} {:>8} {:>8} {:>6} {:>6} {:>6} {:>7} {:>6}"


def line(case: str, pairs: Sequence[Pair]) -> str:
    """One row of the table."""
    counts = [math.inf if p.evaluations is None else p.evaluations for p in pairs]
    ratios, energies = [p.ratio for p in pairs], [p.energy_ratio for p in pairs]
    return FORMAT.format(
        case,
        f"{pairs[0].lambda_tv:g}",
        pairs[0].published_evaluations,
        f"{sum(p.published_stopped for p in pairs)}/{len(pairs)}",
        f"{mean(counts):.0f}",
        f"{mean(ratios):.2f}",
        f"{max(ratios):.2f}",
        f"{mean(energies):.2f}",
        f"{max(energies):.2f}",
    )


def main() -> int:
    """Run what is missing, print the table, and fail if a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("photos", nargs="?", type=Path, help="a folder (the package's own photos)")
    parser.add_argument("--out", type=Path, default=Path("/tmp/inverse-convergence"))
    parser.add_argument(
        "--quick", action="store_true", help="one photo, half the steps, no AlexNet"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the results here")
    options = parser.parse_args()
    pictures = photos(options.photos, 1 if options.quick else PHOTOS)
    steps = 200 if options.quick else None
    print(FORMAT.format(*HEADS))
    pairs: list[Pair] = []
    for case, phi in cases(options.quick):
        constants = inverse.presets.cvpr2015(phi), inverse.presets.fast(phi), steps
        key = hashlib.sha256(repr(constants).encode()).hexdigest()[:12]
        found = []
        for name, photo in pictures.items():
            file = options.out / f"{case} {name}.json".replace("/", "-").replace(" ", "_")
            pair = kept(file, key) or compare(case, phi, name, photo, steps)
            write_bytes(file, json.dumps({"key": key, "pair": vars(pair)}).encode())
            found.append(pair)
        print(line(case, found), flush=True)
        pairs += found
    ratios, energies = [p.ratio for p in pairs], [p.energy_ratio for p in pairs]
    print(
        f"\nevaluations, fast/paper's: {mean(ratios):.3f} in geometric mean (at most {MOST_MEAN}), "
        f"at most {max(ratios):.2f} ({MOST})\n"
        f"energy after half the evaluations: {mean(energies):.3f} of the paper's in the mean "
        f"and at most {max(energies):.4f} ({MOST_ENERGY:g})"
    )
    if options.json:
        rows = [vars(p) | {"ratio": p.ratio, "energy_ratio": p.energy_ratio} for p in pairs]
        options.json.write_text(json.dumps(rows, indent=1))
    missed = mean(ratios) > MOST_MEAN or max(ratios) > MOST or max(energies) > MOST_ENERGY
    return 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
