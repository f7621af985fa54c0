"""How a picture looks, in single figures: colorful, fine, green, spiky."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from inverse.image import Image

__all__ = ["colorfulness", "fineness", "greenness", "spikiness"]

MARGIN = 0.1


def colorfulness(image: Image) -> float:
    """Share of the variance of all values that is of the differences of channels from their mean.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.random.default_rng(0).random((8, 8, 1)).repeat(3, axis=2)
    >>> round(colorfulness(grey), 12)
    0.0
    """
    centered = image - image.mean(axis=(0, 1))
    total = float(np.square(centered).sum())
    color = centered - centered.mean(axis=2, keepdims=True)
    return float(np.square(color).sum()) / total if total > 0 else 0.0


def fineness(image: Image) -> float:
    """Mean squared difference of neighbors by twice the variance: 0 smooth, 1 white noise."""
    grey = image.mean(axis=2) if image.ndim == 3 else image
    steps = np.square(np.diff(grey, axis=0)).mean() + np.square(np.diff(grey, axis=1)).mean()
    variance = float(grey.var())
    return float(steps) / 4 / variance if variance > 0 else 0.0


def greenness(image: Image) -> float:
    """Share of the pixels whose green is a tenth of the range above both red and blue.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((1, 4, 3))
    >>> image[0, 0, 1] = 1
    >>> greenness(image)
    0.25
    """
    red, green, blue = np.moveaxis(image, 2, 0)
    return float(np.mean(green > np.maximum(red, blue) + MARGIN))


def spikiness(image: Image) -> float:
    """How far pixels stand out from their neighbors: 99.9 % quantile of |x − median₃ₓ₃ x| / std x.

    A spike is one pixel, so the median of nine does not see it; an edge survives the median.
    """
    deviation = float(image.std())
    size = (3, 3) + (1,) * (image.ndim - 2)
    away = np.abs(image - median_filter(image, size, mode="nearest"))
    return float(np.quantile(away, 0.999)) / deviation if deviation > 0 else 0.0
