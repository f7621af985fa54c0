"""Make every figure of README and docs: ``python docs/figures/make.py`` (about two minutes)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

import inverse
from inverse.figures import energy_figure
from inverse.image import grey, stretch, tile, write_bytes, write_image

HERE = Path(__file__).parent
PHOTO = "hat"


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


def colored(histograms):
    """Direction as hue and magnitude as brightness, of histograms (rows, cols, directions)."""
    angle = np.arange(histograms.shape[2]) / histograms.shape[2] * 2 * np.pi
    x, y = histograms @ np.cos(angle), histograms @ np.sin(angle)
    hue = np.arctan2(y, x) / (2 * np.pi) % 1
    size = np.hypot(x, y)
    return hsv_to_rgb(np.stack((hue, np.ones_like(hue), (size / size.max()) ** 0.5), axis=2))


def draw(panels, path, columns):
    """A grid of titled pictures."""
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.1 * columns, 3.3 * rows), layout="constrained")
    for i, (title, image) in enumerate(panels):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.imshow(image, cmap="gray", interpolation="nearest")
        axes.set_title(title, fontsize=9)
        axes.set_axis_off()
    figure.savefig(path, dpi=100)


def stages(phi):
    """Output of every layer of a representation, for one photo."""
    x = phi.encode(inverse.photos.photo(PHOTO))
    return {name: phi.until(name)(x)[0] for name in phi.layer.layers}


def hog_stages():
    """Every intermediate of HOG."""
    phi = inverse.hog()
    y = stages(phi)
    k = phi.orientations
    panels = [
        ("x: grey levels", grey(inverse.photos.photo(PHOTO))),
        ("gradient: horizontal", y["gradient"][..., 0]),
        ("gradient: vertical", y["gradient"][..., 1]),
        ("orientation: 18 directions as hue", colored(y["orientation"])),
        ("orientation: channel 0 alone", y["orientation"][..., 0]),
        ("cells: 18 directions as hue", colored(y["cells"])),
        ("cells: energy", np.sqrt((y["cells"] ** 2).sum(axis=2))),
        ("normalization: upper left copy", colored(y["normalization"][..., : 2 * k])),
        ("clamp: share of channels at 0.2", (y["clamp"] >= 0.2).mean(axis=2)),
        ("sum: directed channels", colored(y["sum"][..., : 2 * k])),
        ("sum: undirected channels as glyphs", phi.glyphs(y["sum"])),
        ("sum: texture, upper left copy", y["sum"][..., 3 * k]),
    ]
    draw(panels, HERE / "hog.png", 4)


def dsift_stages():
    """Every intermediate of dense SIFT."""
    phi = inverse.dsift(bin_size=5, step=15)
    y = stages(phi)

    def spread(code):
        """The 4×4 bins of every descriptor beside one another."""
        rows, cols = code.shape[:2]
        bins = code.reshape(rows, cols, 4, 4, 8).transpose(0, 2, 1, 3, 4)
        return bins.reshape(4 * rows, 4 * cols, 8)

    panels = [
        ("x: grey levels", grey(inverse.photos.photo(PHOTO))),
        ("gradient: horizontal", y["gradient"][..., 0]),
        ("orientation: 8 directions as hue", colored(y["orientation"])),
        ("orientation: channel 0 alone", y["orientation"][..., 0]),
        ("pooling: 17×17 descriptors of 4×4 bins", colored(spread(y["pooling"]))),
        ("normalization", colored(spread(y["normalization"]))),
        ("clamp: share of directions at 0.2", (spread(y["clamp"]) >= 0.2).mean(axis=2)),
        ("renormalization, as glyphs", phi.picture(y["renormalization"])),
    ]
    draw(panels, HERE / "dsift.png", 4)


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
        cost = []
        for width in widths:
            edge = np.interp(np.arange(40), (10, 10 + width), (0, 1)).reshape(1, 1, 40, 1)
            cost.append(inverse.TotalVariation(beta).value_and_grad(edge)[0][0])
        axes.plot(widths, cost, ".-", label=f"β = {beta:g}")
    axes.set(xlabel="width of an edge of height 1 (pixels)", ylabel="TV^β")
    axes.legend()
    figure.savefig(HERE / "regularizers.png", dpi=100)


if __name__ == "__main__":
    hog_stages()
    dsift_stages()
    regularizers()
    reconstructions()
    energy()
