"""The α-norm: what keeps the values of an image within a range."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, namespace, per_image, require
from inverse.layers.base import demand, is_number

__all__ = ["AlphaNorm"]


@dataclass(frozen=True, eq=False)
class AlphaNorm:
    """R_α(x) = ‖x‖_α^α, the sum of |x|^α over all values of an image.

    Parameters
    ----------
    alpha : float
        α in (1, 100]. The paper uses 6: a soft box, nearly flat inside a range and steep beyond it.

    Notes
    -----
    R_α = Σ |x|^α,   ∂R_α/∂x = α |x|^{α−1} sign(x).

    x is an image centered by a constant of the representation (128 grey levels, or a network's
    mean image), not by the mean of x itself. Channels are not coupled.

    Source: Mahendran & Vedaldi (2015), section 2, equation of R_α.

    Examples
    --------
    >>> import numpy as np
    >>> value, gradient = AlphaNorm(4).value_and_grad(np.full((1, 1, 2, 1), -2.0))
    >>> value.tolist(), gradient.ravel().tolist()
    ([32.0], [-32.0, -32.0])
    """

    alpha: float = 6.0

    def __post_init__(self) -> None:
        within = is_number(self.alpha) and 1 < self.alpha <= 100
        demand(within, self, "alpha", "be greater than 1 and at most 100")

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        """R_α of each image, and its gradient."""
        require(x, "AlphaNorm")
        xp = namespace(x)
        if self.alpha == 6:  # the published choice, by products: several times faster than a power
            square = x * x
            power = square * x
            power *= square
        else:
            power = xp.abs(x) ** (self.alpha - 1) * xp.sign(x)
        value = per_image(power * x)
        power *= self.alpha
        return value, power
