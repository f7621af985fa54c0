"""The gradient of an image by central differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.base import Layer, check_rank4, demand, is_number

__all__ = ["ImageGradient"]


class _Cache(NamedTuple):
    shape: Shape
    chosen: Array | None


@dataclass(frozen=True, eq=False)
class ImageGradient(Layer):
    """Gradient (∂ₕx, ∂ᵥx) of each pixel, of the channel in which it is largest.

    Parameters
    ----------
    scale : float
        Factor s of the central difference: 1 as in VLFeat's HOG, ½ as in its DSIFT.
    border : {"zero", "one-sided"}
        "zero": no gradient at all at the outermost pixels, which vl_hog skips.
        "one-sided": the difference with the only neighbor, as vl_dsift takes it.

    Notes
    -----
    Forward, for x of shape (N, H, W, C) with H, W ≥ 3, to g of shape (N, H, W, 2):

        g[i, j] = s · ( x[i, j+1] − x[i, j−1],  x[i+1, j] − x[i−1, j] )      inside
        g[i, 0]₁ = 2s · (x[i, 1] − x[i, 0])                                  one-sided border

    With several channels the one of largest ‖g‖² is taken at each pixel, the first of equals.

    Backward: differences are linear, so dx = Dᵀ dg; the choice of channel is constant almost
    everywhere and is held fixed, dg going to the chosen channel only.

    Kinks: where two channels have equal ‖g‖². Cost: the choice makes color a non-smooth max.

    Source: VLFeat 0.9.21, ``vl/hog.c`` (``vl_hog_put_image``) and ``vl/imopv.c``.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.arange(5.0) * np.ones((1, 4, 1))
    >>> ImageGradient()(ramp[..., None])[0, 1].tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 0.0]]
    """

    scale: float = 1.0
    border: Literal["zero", "one-sided"] = "zero"

    def __post_init__(self) -> None:
        demand(is_number(self.scale) and self.scale > 0, self, "scale", "be positive")
        demand(self.border in ("zero", "one-sided"), self, "border", "be 'zero' or 'one-sided'")

    def output_shape(self, shape: Shape) -> Shape:
        n, h, w, c = check_rank4(self, shape)
        if h < 3 or w < 3 or c < 1:
            raise ShapeError(
                f"ImageGradient takes images of at least 3x3 pixels, got shape {shape}"
            )
        return (n, h, w, 2)

    def forward(self, x: Array) -> tuple[Array, _Cache]:
        self.output_shape(tuple(x.shape))
        xp = namespace(x)
        gx, gy = xp.zeros_like(x), xp.zeros_like(x)
        gx[:, :, 1:-1, :] = self.scale * (x[:, :, 2:, :] - x[:, :, :-2, :])
        gy[:, 1:-1, ...] = self.scale * (x[:, 2:, ...] - x[:, :-2, ...])
        if self.border == "zero":
            gx[:, 0, ...], gx[:, -1, ...] = 0.0, 0.0
            gy[:, :, 0, :], gy[:, :, -1, :] = 0.0, 0.0
        else:
            gx[:, :, 0, :] = 2 * self.scale * (x[:, :, 1, :] - x[:, :, 0, :])
            gx[:, :, -1, :] = 2 * self.scale * (x[:, :, -1, :] - x[:, :, -2, :])
            gy[:, 0, ...] = 2 * self.scale * (x[:, 1, ...] - x[:, 0, ...])
            gy[:, -1, ...] = 2 * self.scale * (x[:, -1, ...] - x[:, -2, ...])
        if x.shape[3] == 1:
            return xp.concat((gx, gy), axis=3), _Cache(tuple(x.shape), None)
        largest = xp.argmax(gx * gx + gy * gy, axis=3, keepdims=True)
        channels = xp.arange(x.shape[3], dtype=largest.dtype, device=largest.device)
        chosen = xp.astype(largest == channels, x.dtype)
        g = [xp.sum(component * chosen, axis=3) for component in (gx, gy)]
        return xp.stack(g, axis=3), _Cache(tuple(x.shape), chosen)

    def backward(self, dy: Array, cache: _Cache) -> Array:
        xp = namespace(dy)
        chosen = 1.0 if cache.chosen is None else cache.chosen
        dgx, dgy = self.scale * dy[..., :1] * chosen, self.scale * dy[..., 1:] * chosen
        dx = xp.zeros(cache.shape, dtype=dy.dtype, device=dy.device)
        rows = slice(1, -1) if self.border == "zero" else slice(None)
        dx[:, rows, 2:, :] += dgx[:, rows, 1:-1, :]
        dx[:, rows, :-2, :] -= dgx[:, rows, 1:-1, :]
        dx[:, 2:, rows, :] += dgy[:, 1:-1, rows, :]
        dx[:, :-2, rows, :] -= dgy[:, 1:-1, rows, :]
        if self.border == "one-sided":
            dx[:, :, 1, :] += 2 * dgx[:, :, 0, :]
            dx[:, :, 0, :] -= 2 * dgx[:, :, 0, :]
            dx[:, :, -1, :] += 2 * dgx[:, :, -1, :]
            dx[:, :, -2, :] -= 2 * dgx[:, :, -1, :]
            dx[:, 1, ...] += 2 * dgy[:, 0, ...]
            dx[:, 0, ...] -= 2 * dgy[:, 0, ...]
            dx[:, -1, ...] += 2 * dgy[:, -1, ...]
            dx[:, -2, ...] -= 2 * dgy[:, -1, ...]
        return dx
