"""The energy that inversion minimizes: a loss of the code plus weighted regularizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inverse.arrays import Array, inner, to_numpy
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
        Of each image, float64, on the CPU.
    gradient : array (N, H, W, C)
        Of the energy, with respect to the normalized x.
    parts : dict of str to array (N,)
        The weighted terms by name; they sum to the energy.
    signal : array (N,)
        Squared norm of the data term's gradient: 0 when no signal comes back through Φ.
    """

    energy: np.ndarray
    gradient: Array
    parts: dict[str, np.ndarray]
    signal: np.ndarray


@dataclass(frozen=True, eq=False)
class Objective:
    """E(x) = L(Φ(σx)) + Σ_r λ_r R_r(x), the paper's objective in its normalized coordinates.

    Parameters
    ----------
    representation : Map
        Φ. A `kernels.Program` of a representation serves as well.
    loss : Loss
        L, a function of the code.
    terms : mapping of str to Term
        The regularizers by name, each with its weight λ.
    sigma : float
        σ: σx is the image in the representation's own space. With σ = 68.92 √(HWC) grey levels,
        an average natural image has ‖x‖ = 1, whatever its size.
    layer : object
        The chain whose layers are named when something goes wrong, if Φ itself has none.

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
    layer: object = None

    def __call__(self, x: Array) -> Evaluation:
        """Energy, gradient and parts at x, all per image."""
        y, cache = self.representation.forward(self.sigma * x)
        data, dy = self.loss.value_and_grad(y)
        gradient = self.sigma * self.representation.backward(dy, cache)
        parts = {"data": to_numpy(data)}
        signal = to_numpy(inner(gradient, gradient))
        for name, term in self.terms.items():
            value, dx = term.regularizer.value_and_grad(x)
            parts[name] = term.weight * to_numpy(value)
            gradient = gradient + term.weight * dx
        return Evaluation(sum(parts.values(), np.zeros(len(signal))), gradient, parts, signal)

    def explain_not_finite(self, x: Array) -> str:
        """One clause that names the layer (or the term) that gave the first NaN or infinity."""
        dy = self._code_gradient(x)
        layer = first_not_finite(self._chain, self.sigma * x, dy)
        return f"first in layer {layer}" if layer else "outside the layers of the representation"

    def explain_no_signal(self, x: Array) -> str:
        """One clause that names the layer that passes no gradient back."""
        dy = self._code_gradient(x)
        if not np.any(to_numpy(dy)):
            return "the code equals its target"
        layer = first_without_gradient(self._chain, self.sigma * x, dy)
        return f"none comes back through layer {layer or 'of the representation'}"

    @property
    def _chain(self) -> object:
        own = self.layer if self.layer is not None else self.representation
        return getattr(own, "layer", own)

    def _code_gradient(self, x: Array) -> Array:
        y, _ = self.representation.forward(self.sigma * x)
        return self.loss.value_and_grad(y)[1]
