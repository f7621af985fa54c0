"""How far one code is from another: the errors that the papers report, exactly named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inverse.arrays import Array, to_numpy
from inverse.errors import InputError, ShapeError

__all__ = [
    "Summary", "code_error", "distance", "mean_pairwise_distance", "norm", "pixel_correlation",
    "relative_error", "summarize",
]  # fmt: skip


def norm(y: Array) -> float:
    """Euclidean norm ‖y‖₂, in float64.

    NumPy adds in an order of its own; BLAS, which `numpy.linalg.norm` asks, in one that depends on
    the number of its threads, and then so would the last digits.
    """
    values = np.asarray(to_numpy(y), dtype=np.float64)
    return math.sqrt(float(np.sum(np.square(values))))


def distance(y: Array, target: Array) -> float:
    """Euclidean distance ‖y − Φ₀‖₂ of two codes of equal shape, in float64."""
    a, b = (np.asarray(to_numpy(v), dtype=np.float64) for v in (y, target))
    if a.shape != b.shape:
        raise ShapeError(f"codes must have equal shapes, got {a.shape} and {b.shape}")
    return norm(a - b)


def relative_error(y: Array, target: Array) -> float:
    """‖Φ(x*) − Φ₀‖₂ / ‖Φ₀‖₂: the error of the journal version (IJCV 2016), a fraction.

    Examples
    --------
    >>> import numpy as np
    >>> relative_error(np.array([3.0, 5.0]), np.array([3.0, 4.0]))
    0.2
    """
    size = norm(target)
    if size == 0:
        raise InputError("relative_error takes a target that is not all zero, got norm 0")
    return distance(y, target) / size


def code_error(y: Array, target: Array, normalizer: float) -> float:
    """‖Φ(x*) − Φ₀‖₂ / N_Φ: the error of the CVPR paper (Tables 1 and 3), a fraction.

    ``normalizer`` is N_Φ, the `mean_pairwise_distance` of the codes of a set of images: an error
    of 1 is as far as two unrelated images of the set are from one another.
    """
    if not normalizer > 0:
        raise InputError(f"code_error takes a positive normalizer, got {normalizer}")
    return distance(y, target) / normalizer


def mean_pairwise_distance(codes: Sequence[Array]) -> float:
    """N_Φ, the mean Euclidean distance over all pairs of different codes of a set.

    Examples
    --------
    >>> import numpy as np
    >>> mean_pairwise_distance([np.array([0.0]), np.array([1.0]), np.array([3.0])])
    2.0
    """
    if len(codes) < 2:
        raise InputError(f"mean_pairwise_distance takes at least 2 codes, got {len(codes)}")
    pairs = ((a, b) for i, a in enumerate(codes) for b in codes[:i])
    return sum(distance(a, b) for a, b in pairs) * 2 / (len(codes) * (len(codes) - 1))


def pixel_correlation(image: Array, original: Array) -> float:
    """Pearson's correlation of the values of two images of equal shape."""
    a, b = (np.asarray(to_numpy(v), dtype=np.float64).ravel() for v in (image, original))
    if a.shape != b.shape:
        raise ShapeError(f"images must have equal shapes, got {image.shape} and {original.shape}")
    a, b = a - a.mean(), b - b.mean()
    scale = norm(a) * norm(b)
    return float(np.sum(a * b)) / scale if scale > 0 else 0.0


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation (n − 1) and half-width ±1.96 s.e. of a set of figures."""

    mean: float
    std: float
    half_width: float
    count: int


def summarize(values: Sequence[float]) -> Summary:
    """Mean, standard deviation with n − 1, and 1.96 standard errors of the mean.

    Examples
    --------
    >>> summarize([1.0, 2.0, 3.0]).std
    1.0
    """
    if len(values) < 2:
        raise InputError(f"summarize takes at least 2 figures, got {len(values)}")
    array = np.asarray(values, dtype=np.float64)
    std = float(array.std(ddof=1))
    return Summary(float(array.mean()), std, 1.96 * std / math.sqrt(array.size), array.size)
