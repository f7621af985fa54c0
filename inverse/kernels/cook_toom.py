"""Short correlations with few products: the matrices of Cook, Toom and Winograd."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Matrices", "matrices"]

POINTS = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "4", "-4")))
"""Where polynomials are evaluated, the best conditioned first; then at infinity."""


class Matrices(NamedTuple):
    """y = output ( (filter g) ⊙ (input d) ), for a tile d of a numbers; float64."""

    output: np.ndarray[Any, Any]
    filter: np.ndarray[Any, Any]
    input: np.ndarray[Any, Any]


@lru_cache(maxsize=16)
def matrices(count: int, taps: int) -> Matrices:
    """The matrices for ``count`` outputs of a correlation with a filter of ``taps`` numbers.

    Notes
    -----
    Wanted are y_i = Σ_k g_k d_{i+k} for i = 0, …, m − 1 and k = 0, …, r − 1: m r products, from
    the a = m + r − 1 numbers of d. They can be had with a products.

    Multiply two polynomials first, p of m and q of r coefficients: s = p q has a coefficients, so
    its values at a points determine it, and each value is one product, s(t) = p(t) q(t). Let E_m
    and E_r evaluate polynomials of m and r coefficients at the a points, and V = E_a. As matrices,

        V s = (E_m p) ⊙ (E_r q),      s = V⁻¹ diag(E_r q) E_m p.

    For fixed q this is a linear map of p, s_j = Σ_i q_{j−i} p_i. Its transpose is the correlation
    y_i = Σ_j q_{j−i} d_j, so with g = q

        y = E_mᵀ diag(E_r g) V⁻ᵀ d.

    The last point is infinity, where a polynomial's value is its leading coefficient. Each row of
    V⁻ᵀ is scaled to whole numbers where it can be, and the row of E_r inversely, so that input and
    filter take part with numbers of similar size; the fractions are exact until they are rounded.

    In two dimensions the same is done along rows and along columns.

    Source: Winograd, Arithmetic Complexity of Computations, 1980; Lavin & Gray, Fast algorithms for
    convolutional neural networks, CVPR 2016.

    Examples
    --------
    >>> output, filter, input = matrices(2, 3)
    >>> output.shape, filter.shape, input.shape
    ((2, 4), (4, 3), (4, 4))
    >>> d, g = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0, 100.0])
    >>> (output @ ((filter @ g) * (input @ d))).round(9).tolist()
    [321.0, 432.0]
    """
    size = count + taps - 1
    outputs, filters = _evaluation(size, count), _evaluation(size, taps)
    inputs = _transpose(_inverse(_evaluation(size, size)))
    for i in range(size):
        scale = 1 / min(abs(value) for value in inputs[i] if value)
        inputs[i] = [value * scale for value in inputs[i]]
        filters[i] = [value / scale for value in filters[i]]
    return Matrices(*(np.array(m, float) for m in (_transpose(outputs), filters, inputs)))


Exact = list[list[Fraction]]


def _evaluation(points: int, coefficients: int) -> Exact:
    """The matrix that evaluates a polynomial at ``points`` points, the last at infinity."""
    rows = [[t**k for k in range(coefficients)] for t in POINTS[: points - 1]]
    return [*rows, [Fraction(int(k == coefficients - 1)) for k in range(coefficients)]]


def _transpose(matrix: Exact) -> Exact:
    return [list(column) for column in zip(*matrix, strict=True)]


def _inverse(matrix: Exact) -> Exact:
    """By elimination, without rounding."""
    n = len(matrix)
    rows = [[*row, *(Fraction(int(i == j)) for j in range(n))] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = next(j for j in range(i, n) if rows[j][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(n):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[n:] for row in rows]
