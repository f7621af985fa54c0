"""Make the figures of the pages beside this file, and print their tables.

    python docs/baselines/make_figures.py [attribution] [nearest-patch]

Each takes about a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import inverse
from inverse.baselines.attribution import RULES, attribute
from inverse.baselines.nearest_patch import NearestPatch
from inverse.image import grey, resize, stretch, tile, write_image

FIGURES = Path(__file__).parents[1] / "figures"
NAMES = {"deconvnet": "DeConvNet", "saliency": "saliency", "guided": "guided"}
PHOTO = "hat"
LAYERS = ("pool5", "fc8")
LARGEST = 0.2
"""Of the noise, in parts of the range from black to white."""


GRIDS = {"bins of 4, every 4 pixels": (4, 4), "bins of 5, every 15 pixels": (5, 15)}
"""Of dense SIFT; the second is the paper's."""


def prepared(net, name):
    """A photo of the network's input size, and the inversion of its code."""
    photo = resize(inverse.photos.photo(name), *net.input_shape[1:3]).clip(0, 1)
    return photo, inverse.invert(net, photo, rng=0).image


def attribution():
    """The figure and the table of attribution.md."""
    maps()
    agreement()


def maps():
    """The same unit in a photo, and in the image that is found from its code alone."""
    rows = []
    for layer in LAYERS:
        net = inverse.cnn("small").until(layer)
        photo, inversion = prepared(net, PHOTO)
        unit = attribute(net, photo).unit
        for title, image in (("the photo", photo), (f"inverted from {layer}", inversion)):
            found = [attribute(net, image, unit, rule).picture for rule in RULES]
            shown = [stretch(image) if image is inversion else image, *found]
            captions = [title, *(f"{NAMES[rule]}, {layer}{list(unit)}" for rule in RULES)]
            rows.append(tile([resize(one, 196, 196) for one in shown], captions))
    write_image(FIGURES / "attribution.png", np.concatenate(rows))


def agreement():
    """How like the maps of two images are whose codes are equally far from that of the photo."""
    print("| layer | code's distance | rule | in the inversion | in the photo with noise |")
    print("|---|---|---|---|---|")
    for layer in LAYERS:
        net = inverse.cnn("small").until(layer)
        distances, found = [], {rule: [] for rule in RULES}
        for name in inverse.photos.names():
            photo, inversion = prepared(net, name)
            code = net(net.encode(photo))
            distances.append(inverse.metrics.relative_error(net(net.encode(inversion)), code))
            noisy = with_noise(net, photo, code, distances[-1])
            for rule in RULES:
                own = attribute(net, photo, "max", rule)
                others = (attribute(net, image, own.unit, rule) for image in (inversion, noisy))
                found[rule].append([correlation(own, other) for other in others])
        for rule, pairs in found.items():
            inverted, noise = np.transpose(pairs)
            print(
                f"| {layer} | {100 * np.mean(distances):.1f} % | {NAMES[rule]} | "
                f"{between(inverted)} | {between(noise)} |"
            )


def with_noise(net, photo, code, distance):
    """The photo with as much white noise as brings its code to this distance."""
    noise = np.random.default_rng(0).standard_normal(photo.shape).astype(np.float32)
    low, high = 0.0, LARGEST
    for _ in range(20):
        middle = (low + high) / 2
        image = photo + middle * noise
        near = inverse.metrics.relative_error(net(net.encode(image)), code) < distance
        low, high = (middle, high) if near else (low, middle)
    return image


def correlation(a, b):
    return inverse.metrics.pixel_correlation(a.gradient, b.gradient)


def between(values):
    return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def nearest_patch():
    """The figure and the table of nearest-patch.md: every photo from the patches of the others."""
    names = inverse.photos.names()
    photos = {name: inverse.photos.photo(name) for name in names}
    columns = {name: ([grey(photos[name])], ["photo"]) for name in ("hat", "shirt")}
    print("| descriptors | patches | code error | correlation of pixels |")
    print("|---|---|---|---|")
    for title, (bin_size, step) in GRIDS.items():
        phi = inverse.dsift(bin_size=bin_size, step=step)
        errors, correlations = [], []
        for name in names:
            others = [photos[other] for other in names if other != name]
            database = NearestPatch.build(others, phi, step=bin_size)
            code = phi(phi.encode(photos[name]))
            image = database.invert(code, photos[name].shape)
            again = phi(phi.encode(image.clip(0, 1)))
            normalizer = inverse.codes.photo_distance(phi, (256, 256, 1))
            errors.append(100 * inverse.metrics.code_error(again, code, normalizer))
            correlations.append(inverse.metrics.pixel_correlation(image, grey(photos[name])))
            if name in columns:
                result = inverse.invert(phi, photos[name], rng=0)
                columns[name][0].extend((image, stretch(result.image)))
                columns[name][1].extend(
                    (
                        f"{bin_size}/{step} by patches, {errors[-1]:.0f} %",
                        f"{bin_size}/{step} inverted, {100 * result.code_error:.1f} %",
                    )
                )
        print(
            f"| {title} | {len(database.patches):,} | {spread(errors, 1)} % | "
            f"{spread(correlations, 2)} |"
        )
    write_image(FIGURES / "nearest-patch.png", np.concatenate([tile(*c) for c in columns.values()]))


def spread(values, digits):
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f}"


if __name__ == "__main__":
    commands = {"attribution": attribution, "nearest-patch": nearest_patch}
    for name in sys.argv[1:] or commands:
        commands[name]()
