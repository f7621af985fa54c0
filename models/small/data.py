"""Photos of one split, crops of them, and the scaling of the network's input."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

Box = tuple[float, ...]
"""Left, top, right and bottom, in pixels of the photo."""


class Photos(NamedTuple):
    """Photos of one split and their classes."""

    images: list[Image.Image]
    classes: torch.Tensor


class Scaling(NamedTuple):
    """The network takes (p − mean) / std of pixels p of 0–255, with one std for all channels."""

    mean: np.ndarray
    std: float


def read_labels(folder: Path) -> list[str]:
    """The classes: a split has one folder for each."""
    return sorted(entry.name for entry in folder.iterdir())


def read_split(folder: Path, labels: list[str]) -> Photos:
    """All photos of a split, class by class."""
    files = [
        (file, i) for i, name in enumerate(labels) for file in sorted((folder / name).iterdir())
    ]
    images = [Image.open(file).convert("RGB") for file, _ in files]
    return Photos(images, torch.tensor([i for _, i in files]))


def crop(image: Image.Image, box: Box, size: int) -> np.ndarray:
    """The box, resized to (size, size, 3)."""
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def central_squares(images: list[Image.Image], size: int) -> np.ndarray:
    """The largest square in the middle of each image, resized: (N, size, size, 3)."""
    return np.stack([crop(image, central_square(image), size) for image in images])


def central_square(image: Image.Image) -> Box:
    """The largest box in the middle that is a square."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def random_box(image: Image.Image, rng: np.random.Generator) -> Box:
    """A box of 50 to 115 % of the central square's area and an aspect of 0.78 to 1.28."""
    area = min(image.size) ** 2 * rng.uniform(0.5, 1.15)
    aspect = np.exp(rng.uniform(-0.25, 0.25))
    width = min(image.size[0], np.sqrt(area * aspect))
    height = min(image.size[1], np.sqrt(area / aspect))
    left = rng.uniform(0, image.size[0] - width)
    top = rng.uniform(0, image.size[1] - height)
    return left, top, left + width, top + height


def scaling(photos: Photos) -> Scaling:
    """Mean color of the photos, and the standard deviation from it, to one decimal."""
    pixels = central_squares(photos.images, 32)
    mean = pixels.mean((0, 1, 2)).round(1).astype(np.float32)
    return Scaling(mean, float((pixels - mean).std().round(1)))
