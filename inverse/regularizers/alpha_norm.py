"""The α-norm: what keeps the values of an image within a range."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, namespace, per_image, require
from inverse.layers.base import demand

__all__ = ["AlphaNorm"]


@dataclass(frozen=True, eq=False)
class AlphaNorm:
    """R_α(x) = ‖x‖_α^α, the sum of |x|^α over all values of an image.

    Parameters
    ----------
    alpha : float
        α > 1. The paper uses 6: a soft box, nearly flat inside a range and steep beyond it.

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
        demand(self.alpha > 1, self, "alpha", "be greater than 1")

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        """R_α of each image, and its gradient."""
        require(x, "AlphaNorm")
        xp = namespace(x)
        if self.alpha % 2 == 0:
            power, square = x, x * x  # x^{α−1} by products, which are exact in sign and fast
            for _ in range(int(self.alpha) // 2 - 1):
                power = power * square
        else:
            power = xp.abs(x) ** (self.alpha - 1) * xp.sign(x)
        return per_image(power * x), self.alpha * power
