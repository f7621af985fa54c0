"""Non-negative lasso by coordinate descent, for many signals at once."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.errors import ParameterError, ShapeError

__all__ = ["nonnegative_lasso"]

BLOCK = 32
"""Atoms whose changes are carried to the other atoms together, by one matrix product."""

SIGNALS = 512
"""Signals at once: their correlations with the atoms stay in the processor's cache."""


def nonnegative_lasso(
    gram: Array, correlations: Array, penalty: float, tolerance: float = 1e-3, sweeps: int = 500
) -> Array:
    """Coefficients α ≥ 0 that minimize ½‖x − Dα‖² + λ Σ α, for each signal x.

    Parameters
    ----------
    gram : array (K, K)
        DᵀD of the atoms, the columns of D.
    correlations : array (K, N)
        Dᵀx of N signals.
    penalty : float
        λ ≥ 0.
    tolerance : float
        A signal is done when in one sweep no coefficient changed the approximation by more, that
        is, when all |Δα_j|·‖d_j‖ are at most this.
    sweeps : int
        The most times that every coefficient is visited.

    Returns
    -------
    array (K, N)
        α, of the type of ``correlations``.

    Raises
    ------
    ParameterError
        If the penalty is negative, or NaN.
    ShapeError
        If the arrays do not fit.

    Notes
    -----
    With all other coefficients held, the minimum over α_j ≥ 0 is

        α_j ← max(0, α_j + (d_jᵀ(x − Dα) − λ)/‖d_j‖²),

    and a sweep does this for j = 1 … K, which converges (Tseng 2001: the only term that is not
    smooth is separable). Of x and D only the residual correlations r = Dᵀx − DᵀDα are needed; a
    change of α_j is r ← r − DᵀD e_j Δα_j. Inside a block of atoms it is done at once, outside of
    it for the block as a whole. An atom of norm 0 keeps the coefficient 0.

    The conditions of the minimum (KKT): r_j = λ where α_j > 0, r_j ≤ λ where α_j = 0.

    Examples
    --------
    >>> import numpy as np
    >>> nonnegative_lasso(np.eye(2), np.array([[0.5], [-0.5]]), penalty=0.1)
    array([[0.4],
           [0. ]])
    """
    if not penalty >= 0:
        raise ParameterError(f"penalty of nonnegative_lasso must be at least 0, got {penalty}")
    k = len(correlations)
    if gram.shape != (k, k) or correlations.ndim != 2:
        raise ShapeError(
            "nonnegative_lasso takes gram (K, K) and correlations (K, N), "
            f"got {gram.shape} and {correlations.shape}"
        )
    found = np.zeros_like(correlations)
    for start in range(0, correlations.shape[1], SIGNALS):
        chosen = slice(start, start + SIGNALS)
        found[:, chosen] = _descend(gram, correlations[:, chosen] - penalty, tolerance, sweeps)
    return found


def _descend(gram: Array, slopes: Array, tolerance: float, sweeps: int) -> Array:
    """Sweep until every signal is done; ``slopes`` are r − λ at α = 0, and are written to."""
    found = np.zeros_like(slopes)
    active = np.arange(slopes.shape[1])
    alpha = found.copy()
    for _ in range(sweeps):
        change = _sweep(gram, slopes, alpha)
        going = change > tolerance
        if going.mean() < 0.75:  # leave out those that are done, now and then: it copies the rest
            found[:, active] = alpha
            active, slopes, alpha = active[going], slopes[:, going], alpha[:, going]
        if not active.size:
            break
    found[:, active] = alpha
    return found


def _sweep(gram: Array, slopes: Array, alpha: Array) -> Array:
    """Visit every coefficient once, in place; returns max_j |Δα_j|·‖d_j‖ of each signal."""
    change = np.zeros(alpha.shape[1], alpha.dtype)
    for start in range(0, len(gram), BLOCK):
        block = slice(start, start + BLOCK)
        before, local = alpha[block].copy(), slopes[block].copy()
        own = gram[block, block]
        for i in range(len(own)):
            if own[i, i] > 0:
                new = np.maximum(alpha[start + i] + local[i] / own[i, i], 0)
                step = new - alpha[start + i]
                alpha[start + i] = new
                local -= own[:, i, None] * step
        steps = alpha[block] - before
        slopes -= gram[:, block] @ steps
        norms = np.sqrt(np.diag(own))[:, None]
        np.maximum(change, (np.abs(steps) * norms).max(axis=0), out=change)
    return change
