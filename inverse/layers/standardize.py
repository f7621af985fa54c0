"""Values made of mean 0 and variance 1: what the norms with statistics of their own share."""

from __future__ import annotations

from typing import NamedTuple

from inverse.arrays import Array, namespace

__all__ = ["Standardized", "standardize", "standardize_backward"]


class Standardized(NamedTuple):
    """z = (x − μ)/√(σ² + ε), and the inverse deviation r = 1/√(σ² + ε)."""

    z: Array
    inverse: Array


def standardize(x: Array, axes: tuple[int, ...], epsilon: float) -> Standardized:
    """z of x, with the mean μ and the variance σ² = mean (x − μ)² over ``axes``."""
    xp = namespace(x)
    z = x - xp.mean(x, axis=axes, keepdims=True)
    inverse = 1 / xp.sqrt(xp.mean(z * z, axis=axes, keepdims=True) + epsilon)
    z *= inverse
    return Standardized(z, inverse)


def standardize_backward(dz: Array, cache: Standardized, axes: tuple[int, ...]) -> Array:
    """dx = r (dz − mean(dz) − z mean(dz z)), the means over ``axes``.

    Notes
    -----
    z = r (x − μ), where μ and r depend on every x. With n values, ∂μ/∂x_i = 1/n and
    ∂r/∂x_i = −r³ (x_i − μ)/n = −r² z_i/n, so

        dx_i = r dz_i − r Σ_k dz_k/n − r z_i Σ_k dz_k z_k/n.

    The two means are the parts of dz along the constant and along z itself: moving all x, or
    stretching them, hardly changes z.
    """
    xp = namespace(dz)
    z, inverse = cache
    dx = dz - xp.mean(dz, axis=axes, keepdims=True)
    dx -= z * xp.mean(dz * z, axis=axes, keepdims=True)
    dx *= inverse
    return dx
