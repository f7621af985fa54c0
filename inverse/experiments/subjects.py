"""What the experiments invert: representations by name, the pictures they see, presets by name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from inverse import models, presets
from inverse.arrays import Array
from inverse.codes import photo_distance
from inverse.errors import InputError
from inverse.image import Image, center_crop, grey, read_image, resize, stretch
from inverse.metrics import mean_pairwise_distance
from inverse.presets import Preset
from inverse.representations import Cnn, Representation, cnn, dsift, hog

__all__ = [
    "CAFFENET", "LAMBDAS", "PRESETS", "SHALLOW", "codes", "constants", "description", "layers",
    "network", "normalizer", "pattern", "picture", "representation", "shown", "tv_of",
]  # fmt: skip

SIDE = 256
"""Rows and columns of the pictures that HOG and dense SIFT see."""

SHALLOW: Mapping[str, Callable[[], Representation]] = MappingProxyType(
    {
        "hog": lambda: hog(texture=False),
        "hogb": lambda: hog(bilinear=True, texture=False),
        "dsift": lambda: dsift(bin_size=5, step=15),
        "hog31": lambda: hog(),
        "hogb31": lambda: hog(bilinear=True),
    }
)
"""The three of the paper's Table 1, whose HOG has 27 channels, and HOG with all of VLFeat's 31."""

CAFFENET = (
    "conv1", "relu1", "pool1", "norm1", "conv2", "relu2", "pool2", "norm2", "conv3", "relu3",
    "conv4", "relu4", "conv5", "relu5", "pool5", "fc6", "relu6", "fc7", "relu7", "fc8",
)  # fmt: skip
"""The 20 layers of the paper's network, which `small` has too."""

PRESETS: Mapping[str, Callable[[Representation], Preset]] = MappingProxyType(
    {"cvpr2015": presets.cvpr2015, "fast": presets.fast}
)


LAMBDAS = (0.5, 5.0, 50.0)
"""λ1, λ2 and λ3 of the paper, for pictures of 227×227 (`presets.Preset` scales them)."""


@cache
def representation(name: str) -> Representation:
    """A representation by name: of `SHALLOW`, or ``network/layer``."""
    if name in SHALLOW:
        return SHALLOW[name]()
    whole, _, layer = name.partition("/")
    return network(whole).until(layer)


@cache
def network(name: str) -> Cnn:
    """A network by name, read once in a process."""
    return cnn(name)


def layers(name: str) -> tuple[str, ...]:
    """Names of the layers of a network that the paper's Table 3 has, in its order."""
    names = {info.name for info in network(name).layers()}
    return tuple(layer for layer in CAFFENET if layer in names)


def picture(path: Path | None, phi: Representation) -> Image:
    """The picture as the representation sees it; None is the `pattern`.

    A network: resized to its input. HOG and dense SIFT: grey, the central 256×256, of a picture of
    fewer rows or columns after it was enlarged.
    """
    image = pattern() if path is None else read_image(path)
    if isinstance(phi, Cnn):
        return phi.decode(phi.encode(image))[0]
    short = min(image.shape[:2])
    if short < SIDE:
        image = resize(image, *(math.ceil(side * SIDE / short) for side in image.shape[:2]))
    return grey(center_crop(image, SIDE, SIDE))


def description(subject: str) -> dict[str, Any]:
    """What the name of a subject stands for: the network's file, or layers and size of picture."""
    phi = representation(subject)
    if isinstance(phi, Cnn):
        return {"subject": subject, "network": _file_sum(subject.partition("/")[0])}
    return {"subject": subject, "layers": [repr(layer) for _, layer in phi], "side": SIDE}


@cache
def _file_sum(name: str) -> str:
    return hashlib.sha256(models.find(name).read_bytes()).hexdigest()


def pattern() -> Image:
    """An abstract picture: discs and bands of color, drawn from a fixed seed, 256×256.

    It stands for the abstract picture of the paper's Figures 7 and 10: nothing in it has a name,
    and no network was trained on its like.
    """
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    image = np.empty((SIDE, SIDE, 3), np.float32)
    image[:] = rng.uniform(0.2, 0.8, 3)
    for i in range(24):
        color, turn = rng.uniform(0, 1, 3), rng.uniform(0, np.pi)
        row, column, size = rng.uniform((0, 0, 0.04), (1, 1, 0.2))
        if i % 2:
            inside = np.hypot(y - row, x - column) < size
        else:
            across = (y - row) * np.cos(turn) + (x - column) * np.sin(turn)
            inside = np.abs(across) < size / 6
        image[inside] = color
    return image


def constants(phi: Representation, preset: str, changes: Mapping[str, Any]) -> Preset:
    """A preset with some constants changed: ``{"lambda_tv": 5.0}``."""
    return PRESETS[preset](phi).replace(**changes)


def normalizer(subject: str, paths: Sequence[Path]) -> float:
    """N_Φ: the mean distance between the codes of two of the pictures.

    Of a single picture it is that of the package's own photos.
    """
    phi = representation(subject)
    if len(paths) < 2:
        return photo_distance(phi, phi.encode(picture(paths[0], phi)).shape[1:])
    found = mean_pairwise_distance(codes(subject, paths))
    if not found > 0:
        raise InputError(f"the pictures must differ, got {len(paths)} of the same {subject} code")
    return found


def codes(subject: str, paths: Sequence[Path | None]) -> list[Array]:
    """The codes of some pictures."""
    phi = representation(subject)
    return [phi(phi.encode(picture(path, phi)))[0] for path in paths]


def shown(image: Image) -> Image:
    """As the paper shows images: the full range of values stretched to 0–1."""
    return stretch(image)


def tv_of(subject: str) -> float:
    """The λ_V that the paper chose for a layer by its depth."""
    return presets.cvpr2015(representation(subject)).lambda_tv
