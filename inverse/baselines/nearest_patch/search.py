"""The nearest neighbor of each of many vectors, by matrix products."""

from __future__ import annotations

import numpy as np

from inverse.arrays import Array
from inverse.errors import ShapeError

__all__ = ["nearest"]

QUERIES = 512
"""Queries at once."""

KEYS = 8192
"""Keys at once: the distances of a block, QUERIES × KEYS float32, take 16 MB."""


def nearest(keys: Array, queries: Array) -> Array:
    """For each query q the index of the key k with the least ‖q − k‖²; of several the first.

    Parameters
    ----------
    keys : array (K, D)
    queries : array (Q, D)

    Returns
    -------
    array (Q,) of int

    Raises
    ------
    ShapeError
        If there is no key, or keys and queries differ in length.

    Notes
    -----
    ‖q − k‖² = ‖q‖² + ‖k‖² − 2⟨q, k⟩, of which ‖q‖² is the same for all keys and left out. The
    products of a block of queries with a block of keys are one matrix product. Every key is
    compared, so this is the exact neighbor up to rounding, not an approximate one.

    Examples
    --------
    >>> import numpy as np
    >>> keys = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> nearest(keys, np.array([[0.1, 1.5], [0.9, 0.2]])).tolist()
    [2, 1]
    """
    if keys.ndim != 2 or queries.ndim != 2 or not len(keys) or keys.shape[1] != queries.shape[1]:
        raise ShapeError(
            "nearest takes keys (K, D), at least one, and queries (Q, D), "
            f"got {keys.shape} and {queries.shape}"
        )
    found = np.zeros(len(queries), dtype=np.intp)
    for start in range(0, len(queries), QUERIES):
        block = queries[start : start + QUERIES]
        least = np.full(len(block), np.inf, dtype=block.dtype)
        for first in range(0, len(keys), KEYS):
            some = keys[first : first + KEYS]
            distance = np.sum(some * some, axis=1) - 2 * (block @ some.T)
            at = distance.argmin(axis=1)
            here = distance[np.arange(len(block)), at]
            nearer = here < least
            least[nearer] = here[nearer]
            found[start : start + QUERIES][nearer] = first + at[nearer]
    return found
