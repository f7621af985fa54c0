"""The error function, which the array API standard does not have."""

from __future__ import annotations

from collections.abc import Sequence

from inverse.arrays import Array, namespace
from inverse.layers.parameters import number

__all__ = ["erf"]

# Coefficients from the highest power down: erf(x) = x P(x²)/Q(x²) for |x| < 0.5, and
# 1 - erf(x) = exp(-x²) R(x)/S(x) for 0.46875 ≤ x ≤ 4.
_P = (
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
)
_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
_R = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
_S = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)
_SPLIT = 0.46875
_SATURATED = 6.0
"""erf(6) is 1 in float64. Beyond it |x| is replaced by 6, whose powers do not overflow."""


def erf(x: Array) -> Array:
    """erf(x) = 2/√π ∫₀ˣ exp(−t²) dt, elementwise.

    Notes
    -----
    Two rational functions, for small and for large |x|. In float64 the error is at most 3e-16,
    measured against the C library; erf(−x) = −erf(x) exactly.

    Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
    Computation 23 (1969); the second is used up to 6, where its error of exp(−x²) R/S no longer
    shows in 1 − exp(−x²) R/S.

    Examples
    --------
    >>> import numpy as np
    >>> erf(np.array([-1e6, 0.0, 0.5])).round(6).tolist()
    [-1.0, 0.0, 0.5205]
    """
    xp = namespace(x)
    size = xp.minimum(xp.abs(x), number(_SATURATED, x))
    square = size * size
    small = _polynomial(_P, square)
    small /= _polynomial(_Q, square)
    small *= x
    large = _polynomial(_R, size)
    large /= _polynomial(_S, size)
    large *= xp.exp(-square)
    return xp.where(size <= _SPLIT, small, xp.copysign(1 - large, x))


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Σ c_k x^k by Horner's rule, the coefficients from the highest power down."""
    first, second, *others = coefficients
    value = x * first
    value += second
    for c in others:
        value *= x
        value += c
    return value
