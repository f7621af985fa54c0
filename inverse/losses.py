"""Losses: how far a code is from the target code. A loss is a function of features."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from inverse.arrays import Array, Shape, namespace, per_image, to_numpy
from inverse.errors import InputError, ShapeError

__all__ = ["Euclidean", "InnerProduct", "Loss"]


class Loss(Protocol):
    """A function of the features y (N, …), one value for each image."""

    def value_and_grad(self, y: Array) -> tuple[Array, Array]:
        """Values of shape (N,) in float64 and ∂(their sum)/∂y of the shape of y."""
        ...


class Euclidean:
    """The normalized squared Euclidean distance of a code from its target.

    Parameters
    ----------
    target : array (1, …)
        Φ₀, the same for every image. Its norm, under the mask, must not be 0.
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
        self.norm2 = _checked_norm2("Euclidean", target, mask)

    def value_and_grad(self, y: Array) -> tuple[Array, Array]:
        """L for each image, and 2 M² (y − Φ₀)/‖M Φ₀‖²."""
        _check_code("Euclidean", self.target, y)
        xp = namespace(y)
        difference = y - xp.astype(self.target, y.dtype, copy=False)
        mask = None if self.mask is None else xp.astype(self.mask, y.dtype, copy=False)
        if mask is not None:
            difference *= mask
        # products within a feature vector in the working precision, without a second large array
        value = per_image(xp.vecdot(difference, difference)) / self.norm2
        difference *= 2 / self.norm2
        return value, difference if mask is None else difference * mask


class InnerProduct:
    """How little a code points in the direction of its target, whatever its length.

    Parameters
    ----------
    target, mask : as for `Euclidean`
        A target of a single 1, or a mask that leaves one unit, asks for an image that excites
        this unit as much as the prior allows.

    Notes
    -----
    L(y) = −⟨M y, M Φ₀⟩ / ‖M Φ₀‖², and ∂L/∂y = −M² Φ₀ / ‖M Φ₀‖². L is 0 at y = 0 and −1 at y = Φ₀,
    and has no minimum: the code grows until the prior holds it. Source: the objective ``inner`` of
    the authors' code; Mahendran & Vedaldi (IJCV 2016) for its uses.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.array([[3.0, 4.0]])
    >>> value, gradient = InnerProduct(target).value_and_grad(target)
    >>> value.tolist(), gradient.tolist()
    ([-1.0], [[-0.12, -0.16]])
    """

    def __init__(self, target: Array, mask: Array | None = None) -> None:
        self.target = target
        self.mask = mask
        self.norm2 = _checked_norm2("InnerProduct", target, mask)

    def value_and_grad(self, y: Array) -> tuple[Array, Array]:
        """L for each image, and −M² Φ₀/‖M Φ₀‖²."""
        _check_code("InnerProduct", self.target, y)
        xp = namespace(y)
        direction = xp.astype(self.target, y.dtype, copy=False)
        if self.mask is not None:
            mask = xp.astype(self.mask, y.dtype, copy=False)
            direction = direction * mask * mask
        gradient = xp.zeros_like(y) - direction / self.norm2
        return per_image(y * gradient), gradient


def _check_code(owner: str, target: Array, y: Array) -> None:
    expected, got = tuple(target.shape), tuple(y.shape)
    if got[1:] != expected[1:]:
        raise ShapeError(f"{owner} takes codes of the target's shape {expected}, got {got}")


def _checked_norm2(owner: str, target: Array, mask: Array | None) -> float:
    """‖M Φ₀‖² of a target of shape (1, …) that is finite and, under the mask, not zero."""
    shape = tuple(target.shape)
    if len(shape) < 2 or shape[0] != 1:
        raise ShapeError(f"{owner}.target must have shape (1, ...), got {shape}")
    kept = np.asarray(to_numpy(target), dtype=np.float64)
    if not np.isfinite(kept).all():
        raise InputError(f"{owner}.target must be finite, got NaN or infinite values")
    if mask is not None:
        kept = kept * _checked_mask(owner, mask, shape)
    norm2 = float(np.sum(kept * kept))
    if norm2 == 0:
        raise InputError(
            f"{owner}.target must not be all zero (under the mask), got norm 0: "
            "the code of a flat picture is"
        )
    return norm2


def _checked_mask(owner: str, mask: Array, shape: Shape) -> np.ndarray[Any, Any]:
    values = np.asarray(to_numpy(mask), dtype=np.float64)
    try:
        fits = np.broadcast_shapes(values.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{owner}.mask must broadcast to the target's shape {shape}, got {values.shape}"
        )
    if not np.isfinite(values).all():
        raise InputError(f"{owner}.mask must be finite, got NaN or infinite values")
    return values
