"""The figures of HOG and dense SIFT: what every stage makes of one photo."""

from __future__ import annotations

import numpy as np
from drawing import PHOTO, colored, row

import inverse
from inverse.image import grey

CLAMPED = 0.2


def stages(phi):
    """Output of every layer of a representation, for one photo."""
    x = phi.encode(inverse.photos.photo(PHOTO))
    return {name: phi.until(name)(x)[0] for name in phi.layer.layers}


def hog():
    """A row of pictures for each stage of HOG."""
    phi, bilinear = inverse.hog(), inverse.hog(bilinear=True)
    y, shared = stages(phi), stages(bilinear)
    k = phi.orientations
    copies = np.split(y["normalization"], 4, axis=2)
    row(
        [
            ("x: grey levels", grey(inverse.photos.photo(PHOTO))),
            ("to the right", y["gradient"][..., 0]),
            ("downward", y["gradient"][..., 1]),
        ],
        "hog-gradient.png",
    )
    row(
        [
            ("HOG: 18 directions as hue", colored(y["orientation"])),
            ("HOG: root of channel 0", np.sqrt(y["orientation"][..., 0])),
            ("HOGb: root of channel 0", np.sqrt(shared["orientation"][..., 0])),
        ],
        "hog-orientation.png",
    )
    row(
        [
            ("18 directions as hue", colored(y["cells"])),
            ("channel 0 alone", y["cells"][..., 0]),
            ("energy", np.sqrt((y["cells"] ** 2).sum(axis=2))),
        ],
        "hog-cells.png",
    )
    row(
        [
            ("by the block up and left", colored(copies[0][..., : 2 * k])),
            ("by the block down and right", colored(copies[3][..., : 2 * k])),
            ("energy of the first copy", np.sqrt((copies[0] ** 2).sum(axis=2))),
        ],
        "hog-normalization.png",
    )
    row(
        [
            ("first copy, clamped", colored(y["clamp"][..., : 2 * k])),
            ("share of channels at 0.2", (y["clamp"] >= CLAMPED).mean(axis=2)),
            ("what was cut off", (y["normalization"] - y["clamp"]).sum(axis=2)),
        ],
        "hog-clamp.png",
    )
    row(
        [
            ("18 directed channels as hue", colored(y["sum"][..., : 2 * k])),
            ("9 undirected channels as glyphs", phi.glyphs(y["sum"])),
            ("texture: first of 4 channels", y["sum"][..., 3 * k]),
        ],
        "hog-sum.png",
    )


def dsift():
    """A row of pictures for every two stages of dense SIFT, with the paper's bins and steps."""
    phi = inverse.dsift(bin_size=5, step=15)
    y = stages(phi)
    row(
        [
            ("to the right", y["gradient"][..., 0]),
            ("8 directions as hue", colored(y["orientation"])),
            ("root of channel 0", np.sqrt(y["orientation"][..., 0])),
        ],
        "dsift-orientation.png",
    )
    row(
        [
            ("pooling: 17×17 descriptors of 4×4 bins", colored(spread(y["pooling"]))),
            ("energy of the descriptors", np.sqrt((y["pooling"] ** 2).sum(axis=2))),
            ("normalization", colored(spread(y["normalization"]))),
        ],
        "dsift-pooling.png",
    )
    row(
        [
            ("share of directions at 0.2", (spread(y["clamp"]) >= CLAMPED).mean(axis=2)),
            ("renormalization", colored(spread(y["renormalization"]))),
            ("the same as glyphs", phi.picture(y["renormalization"])),
        ],
        "dsift-clamp.png",
    )


def spread(code):
    """The 4×4 bins of every descriptor beside one another."""
    rows, cols = code.shape[:2]
    bins = code.reshape(rows, cols, 4, 4, 8).transpose(0, 2, 1, 3, 4)
    return bins.reshape(4 * rows, 4 * cols, 8)
