"""Units of the methods that inversion is compared with: HOGgle, and nearest patches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from inverse import photos
from inverse.baselines import Hoggle, NearestPatch
from inverse.baselines.hoggle.dictionary import EMBEDDED
from inverse.experiments import inversions, subjects
from inverse.experiments.inversions import image_name
from inverse.experiments.unit import Outcome, Unit
from inverse.image import Image, grey, read_image, resize
from inverse.metrics import distance, norm, pixel_correlation
from inverse.representations import DenseSift

__all__ = ["MEASURED", "competitor", "run", "unlike"]

MEASURED = {"hoggle": "hog", "patches": "dsift"}
"""The methods, and the representation whose code each is to match.

HOGgle is given all 31 channels of HOG, and measured in the 27 of the paper's table. The nearest
patches are given, and measured in, the paper's dense SIFT; they come from the package's photos, but
for one that shows the picture itself.
"""

ALIKE, THUMB = 0.98, 16
"""Thumbnails of so many pixels a side that correlate so highly are of one picture."""


def competitor(name: str, method: str, picture: Path) -> Unit:
    """A unit that finds a picture by one of the methods."""
    chosen = unlike(picture) if method == "patches" else []
    source = [photos.path(photo) for photo in chosen] if chosen else [EMBEDDED]
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in source]
    about = subjects.description(MEASURED[method])
    return Unit(name, {"method": method, "photos": chosen, "source": sums, **about}, picture)


def unlike(picture: Path) -> list[str]:
    """Names of the package's photos that do not show this picture."""
    own = _thumbnail(picture)
    return [
        name
        for name in photos.names()
        if pixel_correlation(_thumbnail(photos.path(name)), own) < ALIKE
    ]


@cache
def _thumbnail(path: Path) -> Image:
    """The middle square of a picture, small and grey."""
    image = read_image(path)
    side = min(image.shape[:2])
    top, left = ((size - side) // 2 for size in image.shape[:2])
    return resize(grey(image[top : top + side, left : left + side]), THUMB, THUMB)


def run(unit: Unit) -> Outcome:
    """What `inversions.run` does, for the units of either kind."""
    if "method" not in unit.arguments:
        return inversions.run(unit)
    measured = subjects.representation(MEASURED[unit["method"]])
    original = subjects.picture(unit.picture, measured)
    found = _hoggle(original) if unit["method"] == "hoggle" else _mosaic(original, unit["photos"])
    image = _fitted(found, original.shape)
    target, code = (measured(measured.encode(x))[0] for x in (original, image))
    figures = {
        "distance": [distance(code, target)],
        "norm": norm(target),
        "correlation": [pixel_correlation(image, original)],
    }
    return Outcome(figures, {image_name(0): subjects.shown(image)})


def _hoggle(original: Image) -> Image:
    whole = subjects.representation("hog31")
    return Hoggle.load().invert(whole(whole.encode(original))[0])


def _mosaic(original: Image, names: Sequence[str]) -> Image:
    database = _database(tuple(names))
    phi = database.phi
    return np.clip(database.invert(phi(phi.encode(original)), original.shape), 0, 1)


@cache
def _database(names: tuple[str, ...]) -> NearestPatch:
    phi = subjects.representation(MEASURED["patches"])
    assert isinstance(phi, DenseSift)
    return NearestPatch.build((photos.photo(name) for name in names), phi)


def _fitted(image: Image, shape: tuple[int, ...]) -> Image:
    """The image in the shape of another, cut or continued at its lower and right border."""
    cut = image[: shape[0], : shape[1]]
    missing = [(0, size - have) for size, have in zip(shape[:2], cut.shape[:2], strict=True)]
    return np.pad(cut, missing, mode="edge")
