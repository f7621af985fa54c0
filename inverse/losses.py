"""Losses: how far a code is from the target code. A loss is a function of features."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from inverse.arrays import Array, inner, namespace, per_image, to_numpy
from inverse.errors import InputError, ShapeError

__all__ = ["Euclidean", "Loss"]


class Loss(Protocol):
    """A function of the features y (N, …), one value for each image."""

    def value_and_grad(self, y: Array) -> tuple[Array, Array]:
        """Values of shape (N,) in float64 and ∂(their sum)/∂y of the shape of y."""
        ...


class Euclidean:
    """The normalized squared Euclidean distance of a code from its target.

    Parameters
    ----------
    target : array (1, …) or (N, …)
        Φ₀. Its norm, under the mask, must not be 0.
    mask : array, optional
        Weights M that broadcast against the target; 0 leaves a feature out.

    Notes
    -----
    L(y) = ‖M (y − Φ₀)‖² / ‖M Φ₀‖² for each image, and

        ∂L/∂y = 2 M² (y − Φ₀) / ‖M Φ₀‖².

    There is no factor ½. Dividing by ‖M Φ₀‖² makes every code weigh the same against the prior:
    L is 1 at y = 0 and 0 at y = Φ₀. Source: Mahendran & Vedaldi (2015), section 2.

    Examples
    --------
    >>> import numpy as np
    >>> loss = Euclidean(np.array([[3.0, 4.0]]))
    >>> value, gradient = loss.value_and_grad(np.array([[3.0, 9.0]]))
    >>> value.tolist(), gradient.tolist()
    ([1.0], [[0.0, 0.4]])
    """

    def __init__(self, target: Array, mask: Array | None = None) -> None:
        self.target = target
        self.mask = mask
        try:
            kept = target if mask is None else target * mask
        except ValueError:
            raise ShapeError(
                f"Euclidean.mask must broadcast to the target's shape {tuple(target.shape)}, "
                f"got {getattr(mask, 'shape', None)}"
            ) from None
        if tuple(kept.shape) != tuple(target.shape):
            raise ShapeError(
                f"Euclidean.mask must broadcast to the target's shape {tuple(target.shape)}, "
                f"got {getattr(mask, 'shape', None)}"
            )
        norm2 = inner(kept, kept)
        values = to_numpy(norm2)
        if not np.isfinite(values).all():
            raise InputError("Euclidean.target must be finite, got NaN or infinite values")
        if not (values > 0).all():
            raise InputError("Euclidean.target must not be all zero (under the mask), got norm 0")
        # a Python float for one target: a float64 array would promote a float32 gradient
        self.norm2 = float(values[0]) if len(values) == 1 else norm2

    def value_and_grad(self, y: Array) -> tuple[Array, Array]:
        """L for each image, and 2 M² (y − Φ₀)/‖M Φ₀‖²."""
        expected, got = tuple(self.target.shape), tuple(y.shape)
        if got[1:] != expected[1:] or (expected[0] != 1 and got[0] != expected[0]):
            raise ShapeError(f"Euclidean takes codes of the target's shape {expected}, got {got}")
        xp = namespace(y)
        difference = y - xp.astype(self.target, y.dtype, copy=False)
        mask = 1 if self.mask is None else xp.astype(self.mask, y.dtype, copy=False)
        difference = difference * mask
        value = per_image(difference * difference) / self.norm2
        scale = 2.0 / self.norm2
        if not isinstance(scale, float):
            scale = xp.reshape(xp.astype(scale, y.dtype), (-1,) + (1,) * (y.ndim - 1))
        return value, difference * (scale * mask)
