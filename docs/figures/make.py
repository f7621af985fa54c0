"""Make every figure of README and the story: ``python docs/figures/make.py [NAME …]``.

All of them take about two minutes. Names: hog, dsift, regularizers, spikes, network, energy,
reconstructions.
"""

from __future__ import annotations

import sys

import numpy as np
import prior
import shallow
from drawing import HERE, PHOTO
from network import network

import inverse
from inverse.figures import energy_figure
from inverse.image import grey, stretch, tile, write_bytes, write_image


def representations():
    """The three codes, as the paper inverts them."""
    return {
        "HOG": inverse.hog(),
        "HOGb": inverse.hog(bilinear=True),
        "DSIFT": inverse.dsift(bin_size=5, step=15),
    }


def reconstructions():
    """README's picture: photos and what their codes still know of them."""
    rows = []
    for name in ("hat", "shirt", "skirt"):
        photo = inverse.photos.photo(name)
        images, captions = [grey(photo)], ["photo"]
        for title, phi in representations().items():
            result = inverse.invert(phi, photo)
            images.append(stretch(result.image))
            captions.append(f"from {title}, code error {100 * result.code_error:.1f} %")
        rows.append(tile(images, captions))
    write_image(HERE / "reconstructions.png", np.concatenate(rows))


def energy():
    """The energy of two runs: with the published schedule, whose drops show, and with fast."""
    phi = inverse.hog(bilinear=True)
    for name, preset in (
        ("energy.png", inverse.presets.cvpr2015(phi)),
        ("energy-fast.png", inverse.presets.fast(phi)),
    ):
        result = inverse.invert(phi, inverse.photos.photo(PHOTO), preset=preset)
        write_bytes(HERE / name, energy_figure(result.history))


FIGURES = {
    "hog": shallow.hog,
    "dsift": shallow.dsift,
    "regularizers": prior.regularizers,
    "spikes": prior.spikes,
    "network": network,
    "energy": energy,
    "reconstructions": reconstructions,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        FIGURES[name]()
