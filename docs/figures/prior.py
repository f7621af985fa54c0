"""The figures of the prior: its two terms, and the spikes that β = 1 leaves."""

from __future__ import annotations

import numpy as np
from drawing import HERE, PHOTO, show
from matplotlib.figure import Figure

import inverse
from inverse.experiments.appearance import spikiness
from inverse.image import grey
from inverse.layers import Chain, Conv2d

STRIDE = 8
"""One pixel of so many rows and columns is known in the figure of spikes."""

WEIGHTS = {1.0: 3e-4, 1.5: 1e-2, 2.0: 0.4}
"""β and λ_V, with which the samples are met about equally well."""


def regularizers():
    """The two regularizers as functions: of one value, and of the width of an edge."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes = figure.add_subplot(1, 2, 1)
    value = np.linspace(-160, 160, 401)
    for alpha in (2, 6, 20):
        axes.plot(value, np.abs(value / 128) ** alpha, label=f"α = {alpha}")
    axes.set(xlabel="grey level − 128", ylabel="|x/128|^α", ylim=(0, 3))
    axes.axvspan(-128, 127, alpha=0.08)
    axes.legend()
    axes = figure.add_subplot(1, 2, 2)
    widths = np.arange(1, 17)
    for beta in (1.0, 1.5, 2.0, 3.0):
        edges = [np.interp(np.arange(40), (10, 10 + w), (0, 1))[None, :] for w in widths]
        axes.plot(widths, [cost(edge, beta) for edge in edges], ".-", label=f"β = {beta:g}")
    axes.set(xlabel="width of an edge of height 1 (pixels)", ylabel="TV^β")
    axes.legend()
    figure.savefig(HERE / "regularizers.png", dpi=100)


def spikes():
    """One pixel of every 8×8 of a photo is known; what the total variation makes of the rest."""
    photo = grey(inverse.photos.photo(PHOTO))[60:188, 64:192]
    sample = Chain({"sample": Conv2d(np.ones((1, 1, 1, 1)), stride=(STRIDE, STRIDE))})
    images, titles = {0.0: photo}, {0.0: "the photo"}
    for beta, weight in WEIGHTS.items():
        preset = inverse.presets.fast().replace(
            beta=beta, lambda_tv=weight, lambda_alpha=0.0, smoothing=0.5, steps=800
        )
        result = inverse.invert(sample, photo, preset=preset, rng=0)
        images[beta] = result.image
        titles[beta] = (
            f"β = {beta:g}: error {100 * result.relative_error:.1f} %,\n"
            f"spikiness {spikiness(result.image):.1f}"
        )
    figure = Figure(figsize=(10, 6.2), layout="constrained")
    pictures, curves = figure.subfigures(2, 1, height_ratios=(1.1, 1))
    for axes, (beta, image) in zip(pictures.subplots(1, 4), images.items(), strict=True):
        show(axes, titles[beta], image)
    left, right = curves.subplots(1, 2)
    profile(left, images)
    cones(right)
    figure.savefig(HERE / "spikes.png", dpi=100)


def profile(axes, images):
    """A row of known pixels, and what is between them."""
    at = 10 * STRIDE
    for beta, image in images.items():
        if beta:
            axes.plot(image[at], lw=1.2, label=f"β = {beta:g}")
    known = np.arange(0, images[0.0].shape[1], STRIDE)
    axes.plot(known, images[0.0][at, known], "k.", ms=4, label="known")
    axes.set(xlabel=f"column of row {at}", ylabel="grey level, 0–1")
    axes.legend(fontsize=8)


def cones(axes):
    """What it costs to raise one pixel by 1, and its surroundings with it."""
    radii = np.arange(1, 17)
    distance = np.hypot(*np.mgrid[-20:21, -20:21])
    for beta in (1.0, 1.5, 2.0, 3.0):
        costs = [cost(np.maximum(0, 1 - distance / radius), beta) for radius in radii]
        axes.plot(radii, costs, ".-", label=f"β = {beta:g}")
    axes.set(xlabel="radius of a cone of height 1 (pixels)", ylabel="TV^β", ylim=(0, 14))
    axes.legend(fontsize=8)


def cost(image, beta):
    """TV^β of a grey image."""
    return inverse.TotalVariation(beta).value_and_grad(image[None, :, :, None])[0][0]
