"""Naturalness: are the edges of a reconstruction oriented as a photo's are?"""

from __future__ import annotations

import numpy as np

from inverse.image import Image

__all__ = ["agreement", "histogram"]

BINS = 18


def histogram(image: Image) -> np.ndarray:
    """Histogram of the orientations of the gradient, weighted by its magnitude, of sum 1.

    18 bins of 20°; the gradient of the mean of the channels by Sobel's filter. The same for the
    image and for any multiple of it. Source: the study of naturalness of Mahendran & Vedaldi, IJCV
    2016.
    """
    grey = image.mean(axis=2) if image.ndim == 3 else image
    padded = np.pad(np.asarray(grey, np.float64), 1, mode="edge")
    across = padded[:, 2:] - padded[:, :-2]
    down = padded[2:] - padded[:-2]
    dx = across[:-2] + 2 * across[1:-1] + across[2:]
    dy = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    angle = np.arctan2(dy, dx) % (2 * np.pi)
    index = np.minimum((angle * (BINS / (2 * np.pi))).astype(int), BINS - 1)
    counts = np.bincount(index.ravel(), np.hypot(dx, dy).ravel(), BINS)
    total = counts.sum()
    return np.asarray(counts / total if total > 0 else np.full(BINS, 1 / BINS))


def agreement(image: Image, original: Image) -> float:
    """Intersection Σ min(h_k, g_k) of the two histograms: 1 if they are equal.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).random((16, 16))
    >>> round(agreement(image, 3 * image), 12)
    1.0
    """
    return float(np.minimum(histogram(image), histogram(original)).sum())
