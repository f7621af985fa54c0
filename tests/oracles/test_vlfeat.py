"""HOG and dense SIFT against VLFeat 0.9.21: every array of ``vlfeat.npz``.

The file has images (float32 grey levels 0–255, and one of 0–1) and what VLFeat's compiled C code
computed from them. ``pytest tests/oracles -k vlfeat -s`` prints every array's largest difference.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import inverse
from inverse.representations import DenseSift
from tests.support import Array

TOLERANCE = 1e-5

ARRAYS = dict(np.load(Path(__file__).with_name("vlfeat.npz")))
"""``<image>/image``, ``<image>/hog/<settings>``, ``<image>/dsift/<settings>/<what>``."""


def settings(key: str) -> dict[str, int]:
    """The numbers in a key: ``…/cell=8,bilinear=0`` means {"cell": 8, "bilinear": 0}."""
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", key)}


def image(key: str) -> Array:
    """The image that a key's array was computed from, as a batch of one."""
    values = ARRAYS[key.split("/")[0] + "/image"]
    return values.reshape(1, *values.shape[:2], -1)


@cache
def dense_sift(key: str) -> DenseSift:
    given = settings(key)
    window = "flat" if given["flat"] else "gaussian"
    return inverse.dsift(bin_size=given["size"], step=given["step"], window=window)


def keys(pattern: str) -> list[str]:
    return [key for key in ARRAYS if re.fullmatch(pattern, key)]


def report(key: str, difference: float, tolerance: float) -> None:
    print(f"\n{key:50} {difference:.2e}", end="")
    assert difference <= tolerance


IMAGES, HOGS = keys(r"\w+/image"), keys(r"\w+/hog/.*")
DESCRIPTORS, PLACES, NORMS = (
    keys(rf"\w+/dsift/.*/{what}") for what in ("descriptors", "xy", "norm")
)


def test_no_array_is_left_out() -> None:
    assert sorted(IMAGES + HOGS + DESCRIPTORS + PLACES + NORMS) == sorted(ARRAYS)


@pytest.mark.parametrize("key", IMAGES)
def test_vlfeat_image(key: str) -> None:
    assert ARRAYS[key].dtype == np.float32
    # Grey levels of a resized photo overshoot a little.
    assert -1 <= ARRAYS[key].min() < ARRAYS[key].max() <= 256
    assert any(other.startswith(key.removesuffix("image")) for other in HOGS)


@pytest.mark.parametrize("key", HOGS)
def test_vlfeat_hog(key: str) -> None:
    given = settings(key)
    phi = inverse.hog(cell_size=given["cell"], bilinear=bool(given["bilinear"]))
    code = phi(image(key))[0]
    assert code.dtype == np.float32
    assert code.shape == ARRAYS[key].shape
    report(key, np.abs(code - ARRAYS[key]).max(), TOLERANCE)


@pytest.mark.parametrize("key", DESCRIPTORS)
def test_vlfeat_dsift(key: str) -> None:
    code = dense_sift(key)(image(key))[0].reshape(-1, 128)
    assert code.dtype == np.float32
    assert code.shape == ARRAYS[key].shape
    report(key, np.abs(code - ARRAYS[key]).max(), TOLERANCE)


@pytest.mark.parametrize("key", PLACES)
def test_vlfeat_dsift_centers(key: str) -> None:
    centers = dense_sift(key).centers(*image(key).shape[1:3])
    assert centers.shape == ARRAYS[key].shape
    report(key, np.abs(centers - ARRAYS[key]).max(), 0.0)


@pytest.mark.parametrize("key", NORMS)
def test_vlfeat_dsift_norm(key: str) -> None:
    """VLFeat's ``norm`` is the sum of the raw histograms, per pixel of the (3s + 1)² square."""
    bins = dense_sift(key).until("pooling")(image(key))[0]
    mass = bins.sum(axis=-1, dtype=np.float64).ravel() / (3 * settings(key)["size"] + 1) ** 2
    assert mass.shape == ARRAYS[key].shape
    report(key, np.abs(mass / ARRAYS[key] - 1).max(), TOLERANCE)
