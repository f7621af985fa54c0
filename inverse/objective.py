"""The energy that inversion minimizes: a loss of the code plus weighted regularizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inverse.arrays import Array, namespace, per_image, to_numpy
from inverse.layers.base import Cache
from inverse.layers.faults import first_not_finite, first_without_gradient
from inverse.losses import Loss
from inverse.regularizers import Regularizer

__all__ = ["Evaluation", "Map", "Objective", "Term"]


class Map(Protocol):
    """A differentiable map with the two passes of a layer: what a representation must have."""

    def forward(self, x: Array) -> tuple[Array, Cache]: ...

    def backward(self, dy: Array, cache: Cache) -> Array: ...


@dataclass(frozen=True)
class Term:
    """A regularizer and its weight λ."""

    weight: float
    regularizer: Regularizer


@dataclass(frozen=True, eq=False)
class Evaluation:
    """An energy and all that is known of it at one x.

    Attributes
    ----------
    energy : array (N,)
        Of each image, float64. It and all that follows are where x is; what callbacks see has
        been brought to the CPU, but for the gradient.
    gradient : array (N, H, W, C)
        Of the energy, with respect to the normalized x.
    parts : dict of str to array (N,)
        The weighted terms by name; they sum to the energy.
    signal : array (N,)
        Largest size in the data term's gradient: 0 when no signal comes back through Φ.
    total : array (N,)
        Sum of the gradient's values, in float64: finite only if every one is.
    """

    energy: Array
    gradient: Array
    parts: dict[str, Array]
    signal: Array
    total: Array


@dataclass(frozen=True, eq=False)
class Objective:
    """E(x) = L(Φ(σx)) + Σ_r λ_r R_r(x), the paper's objective in its normalized coordinates.

    Parameters
    ----------
    representation : Map
        Φ.
    loss : Loss
        L, a function of the code.
    terms : mapping of str to Term
        The regularizers by name, each with its weight λ.
    sigma : float
        σ: σx is the image in the representation's own space. With σ = 68.92 √(HWC) grey levels,
        an average natural image has ‖x‖ = 1, whatever its size.

    Notes
    -----
    ∂E/∂x = σ J(σx)ᵀ ∂L/∂y + Σ_r λ_r ∂R_r/∂x, where J is the Jacobian of Φ.

    Source: Mahendran & Vedaldi (2015), equation 3 ("balancing the different terms").

    Examples
    --------
    >>> import numpy as np, inverse
    >>> phi = inverse.hog(cell_size=4)
    >>> x = np.random.default_rng(0).standard_normal((1, 12, 16, 1))
    >>> terms = {"tv": Term(0.5, inverse.TotalVariation())}
    >>> objective = Objective(phi, inverse.Euclidean(phi(9 * x)), terms, sigma=9.0)
    >>> sorted(objective(x).parts), float(objective(x).parts["data"][0])
    (['data', 'tv'], 0.0)
    """

    representation: Map
    loss: Loss
    terms: Mapping[str, Term]
    sigma: float = 1.0

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        xp, sigma = namespace(x), float(self.sigma)  # NumPy's own floats would promote float32
        y, cache = self.representation.forward(sigma * x)
        data, dy = self.loss.value_and_grad(y)
        gradient = sigma * self.representation.backward(dy, cache)
        signal = xp.max(xp.abs(xp.reshape(gradient, (gradient.shape[0], -1))), axis=1)
        parts = {"data": data}
        for name, term in self.terms.items():
            value, slope = term.regularizer.value_and_grad(x)
            parts[name] = float(term.weight) * value
            gradient += float(term.weight) * slope
        return Evaluation(sum(parts.values()), gradient, parts, signal, per_image(gradient))

    def explain_not_finite(self, x: Array) -> str:
        """One clause that names the layer, or else the term, that gave a NaN or infinity."""
        if not np.isfinite(to_numpy(x)).all():
            return "and x itself is not any more"
        layer = first_not_finite(self._chain, self.sigma * x, self._code_gradient(x))
        if layer:
            return f"first in layer {layer}"
        for name, term in self.terms.items():
            value, slope = term.regularizer.value_and_grad(x)
            weighted = np.asarray([term.weight * to_numpy(v).max() for v in (value, abs(slope))])
            if not np.isfinite(weighted).all():
                return f"in the term '{name}'"
        return "in the loss or the sum of terms"

    def explain_no_signal(self, x: Array) -> str:
        """One clause that names the layer that passes no gradient back."""
        layer = first_without_gradient(self._chain, self.sigma * x, self._code_gradient(x))
        return f"none comes back through layer {layer or 'of the representation'}"

    @property
    def _chain(self) -> object:
        return getattr(self.representation, "layer", self.representation)

    def _code_gradient(self, x: Array) -> Array:
        y, _ = self.representation.forward(self.sigma * x)
        return self.loss.value_and_grad(y)[1]
