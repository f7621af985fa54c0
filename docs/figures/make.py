"""Make every figure of README and the story: ``python docs/figures/make.py [NAME …]``.

All of them take about two minutes. Names: hog, dsift, regularizers, spikes, network, energy,
optimizers, reconstructions.
"""

from __future__ import annotations

import sys

import numpy as np
import prior
import shallow
from drawing import HERE, PHOTO
from matplotlib.figure import Figure
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
    """The energy of a run with the published schedule, whose drops show."""
    phi = inverse.hog(bilinear=True)
    published = inverse.presets.cvpr2015(phi)
    result = inverse.invert(phi, inverse.photos.photo(PHOTO), preset=published)
    write_bytes(HERE / "energy.png", energy_figure(result.history))


def optimizers():
    """The energy with the published schedule, with Adam, and with Adam on smoothed gradients."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    codes = (inverse.hog(bilinear=True), inverse.cnn("small").until("pool1"))
    for i, phi in enumerate(codes):
        fast = inverse.presets.fast(phi)
        runs = {
            "presets.cvpr2015": inverse.presets.cvpr2015(phi),
            "Adam": fast.replace(smoothing=0.0, start_color=0.0, start_norm=1.0),
            "Adam, smoothed gradients": fast.replace(start_color=0.0, start_norm=1.0),
            "presets.fast": fast,
        }
        axes = figure.add_subplot(1, 2, i + 1)
        for name, preset in runs.items():
            result = inverse.invert(phi, inverse.photos.photo(PHOTO), preset=preset, rng=0)
            axes.plot(result.history["energy"], lw=1.3, label=name)
        axes.set(xlabel="iteration", ylabel="energy", yscale="log", title=phi.name)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(HERE / "optimizers.png", dpi=100)


FIGURES = {
    "hog": shallow.hog,
    "dsift": shallow.dsift,
    "regularizers": prior.regularizers,
    "spikes": prior.spikes,
    "network": network,
    "energy": energy,
    "optimizers": optimizers,
    "reconstructions": reconstructions,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        FIGURES[name]()
