"""Poisson editing: the image whose gradients are nearest to given ones, and its holes filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError, ShapeError

__all__ = ["blend", "fill"]


def blend(values: Array, down: Array, across: Array) -> Array:
    """The image u whose differences are nearest to the guidance, with the mean of ``values``.

    Parameters
    ----------
    values : array (H, W)
        Grey levels, NaN in holes; only their mean is used.
    down : array (H − 1, W)
        Guidance: what u[i+1, j] − u[i, j] should be; NaN where that is unknown.
    across : array (H, W − 1)
        Guidance: what u[i, j+1] − u[i, j] should be; NaN where that is unknown.

    Returns
    -------
    array (H, W), float64
        u; NaN where ``values`` are.

    Raises
    ------
    ShapeError
        If the three do not fit.

    Notes
    -----
    Over the pairs of neighbors (p, q) whose guidance g_pq is known, u minimizes

        Σ (u_q − u_p − g_pq)²,      that is,      Σ_q (u_q − u_p) = Σ_q g_pq   for every p:

    Poisson's equation Δu = div g, with Neumann's condition at the image's border and at holes,
    since pairs across them are not in the sum. In matrices, with one row of A for each pair, −1 at
    p and 1 at q, it is AᵀA u = Aᵀg, solved directly.

    The guidance leaves one constant free in each set of pixels that known pairs connect. There u
    gets the mean of ``values``; of all constants it makes Σ (u − values)² least.

    Source: Pérez, Gangnet & Blake, Poisson image editing, SIGGRAPH 2003.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]])
    >>> blend(image, np.diff(image, axis=0), np.diff(image, axis=1)).round(12).tolist()
    [[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]]
    """
    from scipy.sparse.csgraph import connected_components  # when used: it takes long to import

    h, w = values.shape
    if down.shape != (h - 1, w) or across.shape != (h, w - 1):
        raise ShapeError(
            f"blend takes differences {(h - 1, w)} and {(h, w - 1)} of values {(h, w)}, "
            f"got {down.shape} and {across.shape}"
        )
    guidance = np.concatenate((down, across), axis=None).astype(np.float64)
    known = np.isfinite(guidance)
    pairs = _differences(h, w)[known]
    laplacian = (pairs.T @ pairs).tocsc()
    count, label = connected_components(laplacian, directed=False)
    # one pixel of each connected set stays 0: with it the equations have a single solution
    free = np.ones(h * w, dtype=bool)
    free[np.unique(label, return_index=True)[1]] = False
    u = np.zeros(h * w)
    u[free] = _solve(laplacian[free][:, free], (pairs.T @ guidance[known])[free])
    sizes = np.bincount(label, minlength=count)
    offset = np.bincount(label, weights=values.ravel() - u, minlength=count) / sizes
    return np.asarray((u + offset[label]).reshape(h, w))


def fill(image: Array) -> Array:
    """The image with its holes, where it is NaN, filled harmonically.

    Raises
    ------
    InputError
        If all of the image is a hole.

    Notes
    -----
    In a hole Laplace's equation Δu = 0: every pixel is the mean of its neighbors, of four inside
    the image, of three or two at its border (Neumann's condition). Pixels around a hole keep their
    values (Dirichlet's). It is the smoothest continuation, Σ (u_q − u_p)² being least, and has no
    value beyond those around the hole.

    Examples
    --------
    >>> import numpy as np
    >>> fill(np.array([[1.0, np.nan, np.nan, 4.0]])).round(12).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    hole = np.isnan(image).ravel()
    if hole.all():
        raise InputError("fill takes an image with known pixels, got none")
    pairs = _differences(*image.shape)
    laplacian = (pairs.T @ pairs).tocsr()[hole]
    u = image.astype(np.float64).ravel()
    if hole.any():
        u[hole] = _solve(laplacian[:, hole], -laplacian[:, ~hole] @ u[~hole])
    return np.asarray(u.reshape(image.shape))


def _differences(h: int, w: int) -> Any:
    """The matrix A of all differences of neighbors, down and then across: one row for each pair."""
    from scipy import sparse

    across = sparse.kron(sparse.eye_array(h), _steps(w))
    return sparse.vstack((sparse.kron(_steps(h), sparse.eye_array(w)), across)).tocsr()


def _steps(n: int) -> Any:
    """The matrix (n − 1, n) of the differences of n numbers in a row."""
    from scipy import sparse

    return sparse.diags_array((-1.0, 1.0), offsets=(0, 1), shape=(n - 1, n))


def _solve(matrix: Any, right: Array) -> Array:
    """Of a sparse symmetric matrix; the order of elimination is one for such matrices."""
    from scipy.sparse.linalg import spsolve

    return np.asarray(spsolve(matrix.tocsc(), right, permc_spec="MMD_AT_PLUS_A"))
