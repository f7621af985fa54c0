"""The pictures of the gallery: ``python docs/gallery/make_gallery.py [NAME ...]``, a minute or two.

Each is an inversion run twice, with the package's own backward and with the broken one: from the
same noise, for the same code of the same photo. Made are those that are named; without a name,
those that are missing. errors.json keeps how far each ended.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
from mistakes import (
    AddedOnce,
    BatchForChannels,
    ForgottenBorder,
    ForgottenMean,
    ForgottenTwo,
    InPlace,
    NanWhereFlat,
    StaleCache,
    TransposedBlocks,
    WrongSign,
)

import inverse
from inverse.image import grey, resize, tile, write_image
from inverse.layers import (
    Add,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    Conv2d,
    Graph,
    Identity,
    ImageGradient,
    InstanceNorm,
    LocalResponseNorm,
    MaxPool2d,
    Node,
    ReLU,
    SpaceToDepth,
)
from inverse.noise import noise
from inverse.objective import Objective, Term
from inverse.optimize import Momentum, Stages, minimize

HERE = Path(__file__).parent
SIDE = 64
PHOTO = grey(resize(inverse.photos.photo("hat"), SIDE, SIDE))
STEPS = 300


def conv(seed, size, channels, features, stride=1):
    """A convolution with random filters, which keeps the size of what it sees, but for strides."""
    filters = np.random.default_rng(seed).standard_normal((size, size, channels, features))
    filters /= math.sqrt(size * size * channels)
    return Conv2d(filters.astype(np.float32), None, (stride, stride), (size // 2,) * 4)


def hogb(gradient):
    """HOG with bilinear orientations, on another layer of gradients."""
    return Chain(
        {
            "gradient": gradient,
            "orientation": BilinearOrientation(),
            "cells": CellPooling(4),
            "normalization": BlockNormalization(),
            "clamp": Clamp(),
            "sum": BlockSum(),
        }
    )


def two_convolutions(relu):
    """The same object twice, as is common where a layer without weights is thought to be none."""
    return Chain(
        {"conv1": conv(0, 5, 1, 24, 2), "relu1": relu, "conv2": conv(1, 3, 24, 24), "relu2": relu}
    )


def residual(relu):
    """z + conv(relu(z)), z = conv(x): the block of a residual network."""
    return Graph(
        {
            "conv1": Node(conv(0, 5, 1, 24, 2), ("input",)),
            "relu": Node(relu, ("conv1",)),
            "conv2": Node(conv(1, 3, 24, 24), ("relu",)),
            "sum": Node(Add(), ("conv1", "conv2")),
        }
    )


def normalized(norm):
    """A picture made of mean 0 and variance 1, seen by a convolution."""
    unit, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    return Chain({"norm": norm(unit, zero), "conv": conv(0, 5, 1, 24, 2), "relu": ReLU()})


def competing(norm, alpha):
    """A convolution whose channels normalize one another."""
    return Chain({"conv": conv(0, 5, 1, 24, 2), "relu": ReLU(), "norm": norm(5, alpha=alpha)})


def blocks(layer):
    """Blocks of pixels as channels, as networks begin that want few places and many channels."""
    return Chain({"blocks": layer(2), "conv": conv(1, 3, 4, 24), "relu": ReLU()})


def pooled(pool):
    """AlexNet's way to begin: overlapping windows, of 3×3 at a stride of 2."""
    return Chain({"conv": conv(0, 5, 1, 24), "relu": ReLU(), "pool": pool((3, 3), (2, 2))})


LAYERS = {
    "wrong-sign": (hogb(ImageGradient()), hogb(WrongSign())),
    "stale-cache": (two_convolutions(ReLU()), two_convolutions(StaleCache())),
    "in-place": (residual(ReLU()), residual(InPlace())),
    "forgotten-mean": (normalized(InstanceNorm), normalized(ForgottenMean)),
    "batch-for-channels": (competing(LocalResponseNorm, 1e-2), competing(BatchForChannels, 1e-2)),
    "batch-for-channels-weak": (
        competing(LocalResponseNorm, 1e-4),
        competing(BatchForChannels, 1e-4),
    ),
    "transposed-blocks": (blocks(SpaceToDepth), blocks(TransposedBlocks)),
    "added-once": (pooled(MaxPool2d), pooled(AddedOnce)),
}
"""Φ with the right layer and with the broken one."""

LOSSES = {"forgotten-two": (inverse.Euclidean, ForgottenTwo)}

TERMS = {
    "forgotten-border": (inverse.TotalVariation(2), ForgottenBorder(2), 2.0, 300),
    "nan-where-flat": (inverse.TotalVariation(1), NanWhereFlat(1), 0.2, 40),
}
"""Regularizers R of a photo with noise, λ, and the steps."""


def inverted(layer, truth, loss):
    """The image found for the code of the photo, and how far its code is, both by the right Φ."""
    true = inverse.representations.Representation("right", truth)
    phi = inverse.representations.Representation("tried", layer)
    x0 = true.encode(PHOTO)
    preset = inverse.presets.fast().replace(steps=STEPS, lambda_tv=0.1)
    sigma = phi.sigma * math.sqrt(x0.size)
    objective = Objective(phi, loss(true(x0)), preset.terms(x0.shape[1:]), sigma)
    start = noise(x0.shape, 0, norm=preset.start_norm, color=preset.start_color)
    found = sigma * minimize(objective, start, preset.optimizer(x0.shape[1:]), STEPS).x
    return phi.decode(found)[0], distance(true(found), true(x0))


def denoised(regularizer, weight, steps):
    """The x of least ‖x − noisy‖² + λ R(x), and how far it is from the photo.

    No callback stops the run, so that what is not a number can spread.
    """
    noisy = PHOTO + 0.1 * np.random.default_rng(0).standard_normal(PHOTO.shape)
    x = noisy[None, ..., None].astype(np.float32)
    loss = inverse.Euclidean(x)
    objective = Objective(Identity(), loss, {"tv": Term(weight / loss.norm2, regularizer)})
    optimizer = Momentum(Stages(((0.02 * loss.norm2, steps),)), 0.5)
    found = minimize(objective, x, optimizer, steps).x[0, ..., 0]
    return found, distance(found, PHOTO)


def distance(found, wanted):
    """‖found − wanted‖/‖wanted‖."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def runs(name):
    """The right and the broken run of a mistake."""
    if name in TERMS:
        right, broken, weight, steps = TERMS[name]
        return denoised(right, weight, steps), denoised(broken, weight, steps)
    if name in LOSSES:
        truth = hogb(ImageGradient())
        return tuple(inverted(truth, truth, loss) for loss in LOSSES[name])
    right, broken = LAYERS[name]
    return inverted(right, right, inverse.Euclidean), inverted(broken, right, inverse.Euclidean)


def enlarged(image):
    """Pixels as squares of 3×3 in color; red where there is no number."""
    image = np.repeat(np.repeat(np.clip(image, 0, 1), 3, axis=0), 3, axis=1)
    colored = np.repeat(image[..., None], 3, axis=2)
    return np.where(np.isnan(colored), (1.0, 0.0, 0.0), colored)


def make(name):
    """Draw the photo, the right result and the broken one; note how far they are."""
    (right, error), (broken, wrong) = runs(name)
    captions = ["photo", f"right, {told(error)}", f"broken, {told(wrong)}"]
    sheet = tile([enlarged(image) for image in (PHOTO, right, broken)], captions)
    write_image(HERE / f"{name}.png", sheet)
    file = HERE / "errors.json"
    errors = json.loads(file.read_text()) if file.exists() else {}
    errors[name] = [told(error), told(wrong)]
    file.write_text(json.dumps(errors, indent=1, sort_keys=True) + "\n")


def told(error):
    return "not a number" if math.isnan(error) else f"{100 * error:.1f} %"


if __name__ == "__main__":
    names = [*LAYERS, *LOSSES, *TERMS]
    missing = [name for name in names if not (HERE / f"{name}.png").exists()]
    for name in sys.argv[1:] or missing:
        make(name)
