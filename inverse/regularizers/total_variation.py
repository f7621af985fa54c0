"""Total variation to the power β: what keeps an image piecewise smooth."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, namespace, per_image, require
from inverse.layers.base import demand, is_number

__all__ = ["TotalVariation"]


@dataclass(frozen=True, eq=False)
class TotalVariation:
    """R_Vβ(x) = Σ ((∂ₕx)² + (∂ᵥx)²)^{β/2} over all pixels and channels of an image.

    Parameters
    ----------
    beta : float
        β in [1, 3]. 1 is total variation; 2, the paper's choice, spreads changes over several
        pixels and so avoids the spikes that β = 1 leaves on subsampled representations.

    Notes
    -----
    Forward differences, 0 across the far border:

        d₁[i, j] = x[i, j+1] − x[i, j]  (0 in the last column),   d₂[i, j] = x[i+1, j] − x[i, j]
        s = d₁² + d₂²,   R = Σ s^{β/2}

    Gradient: with k = s^{β/2 − 1} and the adjoint of the differences,

        ∂R/∂x[i, j] = β ( k d₁[i, j−1] − k d₁[i, j] + k d₂[i−1, j] − k d₂[i, j] ),

    terms outside the image being 0. Kink for β < 2: s = 0, where k d is taken as 0.

    The authors' code floors s^{β/2} at 1e-5 inside k, with x in grey levels. Here only s = 0 is
    treated apart, so that the gradient is that of R everywhere else.

    Source: Mahendran & Vedaldi (2015), section 2, equation of R_Vβ.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0, 3.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> value, gradient = TotalVariation(beta=1).value_and_grad(x)
    >>> value.tolist(), gradient.ravel().round(2).tolist()
    ([12.0], [-1.4, 1.6, 1.8, -2.0])
    """

    beta: float = 2.0

    def __post_init__(self) -> None:
        demand(is_number(self.beta) and 1 <= self.beta <= 3, self, "beta", "be in [1, 3]")

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        """R_Vβ of each image, and its gradient."""
        require(x, "TotalVariation", rank=4)
        xp = namespace(x)
        d1, d2 = -x, -x
        d1[:, :, :-1, :] += x[:, :, 1:, :]
        d1[:, :, -1, :] = 0.0
        d2[:, :-1, ...] += x[:, 1:, ...]
        d2[:, -1, ...] = 0.0
        s = d1 * d1
        s += d2 * d2
        value = per_image(s if self.beta == 2 else s ** (self.beta / 2))
        if self.beta != 2:
            k = xp.where(s > 0, s, xp.ones_like(s)) ** (self.beta / 2 - 1)
            d1 *= k
            d2 *= k
        gradient = d1 + d2
        gradient[:, :, 1:, :] -= d1[:, :, :-1, :]
        gradient[:, 1:, ...] -= d2[:, :-1, ...]
        gradient *= -self.beta
        return value, gradient
