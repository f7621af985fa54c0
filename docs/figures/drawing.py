"""What the figures share: the photo, rows of titled pictures, directions as hue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

HERE = Path(__file__).parent
PHOTO = "hat"
"""The photo of the package on which everything is shown."""


def row(panels, name):
    """Titled pictures side by side, as a file beside this script."""
    figure = Figure(figsize=(2.6 * len(panels), 2.85), layout="constrained")
    for i, (title, image) in enumerate(panels):
        show(figure.add_subplot(1, len(panels), i + 1), title, image)
    figure.savefig(HERE / name, dpi=100)


def show(axes, title, image):
    """One picture; an image of one number a pixel in grey, from its least to its largest."""
    axes.imshow(image, cmap="gray", interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set_axis_off()


def colored(histograms):
    """Direction as hue and magnitude as brightness, of histograms (rows, cols, directions)."""
    angle = np.arange(histograms.shape[2]) / histograms.shape[2] * 2 * np.pi
    x, y = histograms @ np.cos(angle), histograms @ np.sin(angle)
    hue = np.arctan2(y, x) / (2 * np.pi) % 1
    size = np.hypot(x, y)
    return hsv_to_rgb(np.stack((hue, np.ones_like(hue), (size / size.max()) ** 0.5), axis=2))
