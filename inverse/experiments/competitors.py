"""Units of the methods that inversion is compared with: HOGgle, and nearest patches."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from inverse import photos
from inverse.baselines import Hoggle, NearestPatch
from inverse.baselines.hoggle.dictionary import EMBEDDED
from inverse.experiments import inversions, subjects
from inverse.experiments.inversions import image_name
from inverse.experiments.unit import Outcome, Unit
from inverse.image import Image
from inverse.metrics import distance, norm, pixel_correlation
from inverse.representations import dsift

__all__ = ["MEASURED", "competitor", "run"]

MEASURED = {"hoggle": "hog", "patches": "dsift"}
"""The methods, and the representation whose code each is to match.

HOGgle is given all 31 channels of HOG, and measured in the 27 of the paper's table. The nearest
patches are given, and measured in, the paper's dense SIFT; they come from the package's photos.
"""


def competitor(name: str, method: str, picture: Path) -> Unit:
    """A unit that finds a picture by one of the methods."""
    source = [EMBEDDED] if method == "hoggle" else [photos.path(n) for n in photos.names()]
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in source]
    return Unit(name, {"method": method, "source": sums}, picture)


def run(unit: Unit) -> Outcome:
    """What `inversions.run` does, for the units of either kind."""
    if "method" not in unit.arguments:
        return inversions.run(unit)
    measured = subjects.representation(MEASURED[unit["method"]])
    original = subjects.picture(unit.picture, measured)
    find = _hoggle if unit["method"] == "hoggle" else _nearest_patches
    image = _fitted(find(original), original.shape)
    target, found = (measured(measured.encode(x))[0] for x in (original, image))
    figures = {
        "distance": [distance(found, target)],
        "norm": norm(target),
        "correlation": [pixel_correlation(image, original)],
    }
    return Outcome(figures, {image_name(0): subjects.shown(image)})


def _hoggle(original: Image) -> Image:
    whole = subjects.representation("hog31")
    return Hoggle.load().invert(whole(whole.encode(original))[0])


def _nearest_patches(original: Image) -> Image:
    phi = dsift(bin_size=5, step=15)
    return np.clip(_database().invert(phi(phi.encode(original)), original.shape), 0, 1)


@cache
def _database() -> NearestPatch:
    every = (photos.photo(name) for name in photos.names())
    return NearestPatch.build(every, dsift(bin_size=5, step=15))


def _fitted(image: Image, shape: tuple[int, ...]) -> Image:
    """The image in the shape of another, cut or continued at its lower and right border."""
    cut = image[: shape[0], : shape[1]]
    missing = [(0, size - have) for size, have in zip(shape[:2], cut.shape[:2], strict=True)]
    return np.pad(cut, missing, mode="edge")
