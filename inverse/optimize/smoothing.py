"""Gradients smoothed before they are used: descent in another metric."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from inverse.arrays import Array, constant, namespace
from inverse.layers.base import demand, is_number
from inverse.optimize.base import Optimizer

__all__ = ["CORNER", "Smoothed", "cosines", "smooth"]

CORNER = 1 / 64
"""k₀ in cycles per pixel."""


@dataclass(frozen=True)
class Smoothed:
    """Another optimizer, given gradients in which high frequencies are damped.

    Parameters
    ----------
    optimizer : Optimizer
        What takes the steps.
    power : float
        p, greater than 0.
    corner : float
        k₀ in cycles per pixel: frequencies well below it pass unchanged.

    Notes
    -----
    Each channel of the gradient is multiplied, in its cosine transform, by

        S(k) = (k₀/(k + k₀))^p,      k = √(k_row² + k_col²) in cycles per pixel.

    S is positive, so the smoothed gradient is a direction of descent still: it is the gradient in
    the metric ⟨u, v⟩ = ∫ S(k)⁻¹ û v̂ dk, a Sobolev metric, in which an image is far from another if
    it differs in fine detail. Natural images have spectra of about 1/k; the gradient of a code is
    nearly white. With p = 1 large structures, which plain descent is slow to find behind the noise,
    come first.

    The cosine transform treats an image as mirrored at its borders, so that nothing wraps around.
    It is computed as C X Cᵀ with the orthogonal matrix C of cosines.

    Examples
    --------
    >>> from inverse.optimize import ExponentialDecay, Momentum
    >>> optimizer = Smoothed(Momentum(ExponentialDecay(0.1, 0.1, 10)))
    >>> flat = np.ones((1, 8, 6, 1))
    >>> bool(np.allclose(smooth(flat, 1.0, 1 / 64), flat))       # k = 0 passes
    True
    """

    optimizer: Optimizer
    power: float = 1.0
    corner: float = CORNER

    def __post_init__(self) -> None:
        for name in ("power", "corner"):
            value = getattr(self, name)
            demand(is_number(value) and value > 0, self, name, "be positive")

    def init(self, x: Array) -> Any:
        """The state of the optimizer inside."""
        return self.optimizer.init(x)

    def step(self, x: Array, grad: Array, state: Any) -> tuple[Array, Any]:
        """A step of the optimizer inside, with the smoothed gradient."""
        return self.optimizer.step(x, smooth(grad, self.power, self.corner), state)


def smooth(gradient: Array, power: float, corner: float) -> Array:
    """``gradient`` (N, H, W, C) with its frequencies multiplied by S(k)."""
    xp = namespace(gradient)
    n, height, width, channels = gradient.shape
    rows, cols = constant(cosines(height), gradient), constant(cosines(width), gradient)
    # rows are transformed with their columns and channels as one axis, so that each of the four
    # products is one matrix product an image, and the outcome is in the order of the gradient
    spectrum = xp.matmul(rows, xp.reshape(gradient, (n, height, width * channels)))
    spectrum = xp.permute_dims(xp.reshape(spectrum, (n, height, width, channels)), (0, 1, 3, 2))
    spectrum = xp.matmul(xp.reshape(spectrum, (n, height * channels, width)), cols.T)
    spectrum = xp.reshape(spectrum, (n, height, channels, width))
    spectrum *= constant(_filter(height, width, power, corner), gradient)[:, None, :]
    smoothed = xp.matmul(xp.reshape(spectrum, (n, height * channels, width)), cols)
    smoothed = xp.permute_dims(xp.reshape(smoothed, (n, height, channels, width)), (0, 1, 3, 2))
    smoothed = xp.matmul(rows.T, xp.reshape(smoothed, (n, height, width * channels)))
    return xp.reshape(smoothed, gradient.shape)


@lru_cache(maxsize=16)
def cosines(size: int) -> np.ndarray[Any, Any]:
    """The orthogonal matrix C of the cosine transform: C[k, n] = √(2/N) cos(πk(n + ½)/N).

    The row k = 0 is 1/√N. Row k has k/2N cycles per pixel.
    """
    k, n = np.arange(size)[:, None], np.arange(size)[None, :]
    matrix: np.ndarray[Any, Any] = np.sqrt(2 / size) * np.cos(np.pi * k * (n + 0.5) / size)
    matrix[0] = np.sqrt(1 / size)
    matrix.flags.writeable = False
    return matrix


@lru_cache(maxsize=16)
def _filter(height: int, width: int, power: float, corner: float) -> np.ndarray[Any, Any]:
    rows, cols = np.arange(height) / (2 * height), np.arange(width) / (2 * width)
    frequency = np.hypot(rows[:, None], cols[None, :])
    values: np.ndarray[Any, Any] = (corner / (frequency + corner)) ** power
    values.flags.writeable = False
    return values
