"""Following one evaluation of the data term through every layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Array, require, to_numpy
from inverse.errors import ParameterError, ShapeError
from inverse.layers import Layer
from inverse.layers.signals import Signal, signals
from inverse.losses import Euclidean, InnerProduct
from inverse.objective import Map
from inverse.presets import Preset, default
from inverse.representations import Representation, as_representation
from inverse.representations.surrogate import with_straight_through
from inverse.trace.advice import advise
from inverse.trace.report import Trace
from inverse.trace.starts import NAMES, named_start

__all__ = ["trace"]


def trace(
    representation: Layer | Map,
    x: Array | str,
    target: Array,
    *,
    preset: Preset | None = None,
    rng: np.random.Generator | int = 0,
) -> Trace:
    """Follow one evaluation of the data term through every layer, and say what is amiss.

    Parameters
    ----------
    representation : Representation or Layer
        Φ, as for `invert`.
    x : array, or "noise", "grey" or "photo"
        Where: a batch (1, H, W, C) in the representation's own space, or a picture of values 0–1;
        or the noise that an inversion by ``preset`` starts from, a flat grey picture, or the
        target's own picture.
    target : array
        A picture of values 0–1, or a code of the shape that Φ gives for x.
    preset : Preset, optional
        Its starting noise is the first that advice tries, and its surrogate of HOG's hard
        orientations is in force; by default `presets.fast`.
    rng : numpy Generator or int
        Where noise comes from.

    Raises
    ------
    InputError, ShapeError, ParameterError
        If an argument does not fit; the sentence says which and how.

    Notes
    -----
    The layers are run as they are, without `invert`'s kernels, at one image.

    Examples
    --------
    A flat image has no gradients, and passes none back:

    >>> import inverse
    >>> from inverse.metrics import norm
    >>> photo = inverse.photos.photo("hat")[64:128, 64:128]
    >>> found = trace(inverse.hog(bilinear=True), "grey", photo)
    >>> [row.name for row in found.rows if row.silent == 1], norm(found.dx)
    (['gradient', 'orientation'], 0.0)
    >>> print(found.advice[0])
    'orientation' (BilinearOrientation) passes no gradient from this start; start from noise \
(start_norm=0.3, start_color=0.5) or noise (start_norm=1, start_color=0)
    """
    phi = as_representation(representation)
    preset = preset or default(phi)
    layer = with_straight_through(phi.layer, preset.straight_through)
    start = _start(phi, x, target, preset, rng)
    code = _code(phi, target, start)

    def follow(at: Array) -> tuple[list[Signal], float, Array]:
        y = layer(at)
        value, dy = Euclidean(code).value_and_grad(y)
        loss = float(to_numpy(value)[0])
        if loss == 0:  # nothing would go back, and nothing be learned
            dy = InnerProduct(code).value_and_grad(y)[1]
        rows, dx = signals(layer, at, dy)
        return rows, loss, dx

    with np.errstate(all="ignore"):
        rows, loss, dx = follow(start)
        advice = advise(phi, rows, loss, start, preset, lambda at: follow(at)[0])
    return Trace(phi.name, tuple(rows), start, loss, dx, tuple(advice))


def _start(
    phi: Representation, x: Any, target: Any, preset: Preset, rng: np.random.Generator | int
) -> Array:
    """The start (1, H, W, C), in Φ's own space."""
    if isinstance(x, str):
        if x not in NAMES:
            raise ParameterError(
                f"trace.x must be an array or one of {', '.join(NAMES)}, got {x!r}"
            )
        return named_start(phi, x, _picture(phi, target, f"with x={x!r} "), preset, rng)
    if np.ndim(x) in (2, 3):
        return phi.encode(x)
    shape = require(x, "trace.x")
    if len(shape) != 4 or shape[0] != 1:
        raise ShapeError(f"trace.x must be a picture, or have shape (1, H, W, C), got {shape}")
    return x


def _code(phi: Representation, target: Any, start: Array) -> Array:
    """Φ₀ for images like the start."""
    expected = phi.output_shape(tuple(start.shape))
    if np.shape(target) == expected:
        require(target, "trace.target")
        return target
    x = _picture(phi, target, f"which is no code of shape {expected} ")
    if x.shape != tuple(start.shape):
        raise ShapeError(
            f"trace.target must be a picture like x, of shape {tuple(start.shape)} in the space of "
            f"{phi.name}, got {x.shape}"
        )
    return phi(x)


def _picture(phi: Representation, target: Any, why: str) -> Array:
    if np.ndim(target) not in (2, 3):
        raise ShapeError(f"trace.target {why}must be a picture, got shape {np.shape(target)}")
    return phi.encode(target)
