"""Layers one after another, each with a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from inverse.arrays import Array, Shape, require
from inverse.errors import ParameterError, ShapeError
from inverse.layers.base import Cache, Layer

__all__ = ["Chain", "unknown_layer"]


@dataclass(frozen=True, eq=False)
class Chain(Layer):
    """The composition f_L ∘ … ∘ f₂ ∘ f₁ of named layers.

    Parameters
    ----------
    layers : mapping of str to Layer
        In the order in which they are applied.

    Notes
    -----
    Forward: y₀ = x, y_l = f_l(y_{l−1}). Backward is the chain rule read from the right,

        dx = J₁ᵀ J₂ᵀ … J_Lᵀ dy,

    one vector at a time: no Jacobian is ever formed.

    Examples
    --------
    >>> from inverse.layers import CellPooling, Clamp
    >>> chain = Chain({"cells": CellPooling(2), "clamp": Clamp()})
    >>> chain.output_shape((1, 8, 6, 3)), list(chain.until("cells").layers)
    ((1, 4, 3, 3), ['cells'])
    """

    layers: Mapping[str, Layer]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ParameterError("Chain.layers must hold at least one layer, got none")

    def __iter__(self) -> Iterator[tuple[str, Layer]]:
        return iter(self.layers.items())

    def until(self, name: str) -> Chain:
        """The chain that ends with the layer called ``name``."""
        names = list(self.layers)
        if name not in names:
            raise unknown_layer("Chain", name, names)
        return Chain({n: self.layers[n] for n in names[: names.index(name) + 1]})

    def shapes(self, shape: Shape) -> dict[str, Shape]:
        """Output shape of every layer for an input of shape ``shape``."""
        found: dict[str, Shape] = {}
        for name, layer in self:
            try:
                shape = layer.output_shape(shape)
            except ShapeError as error:
                raise ShapeError(f"layer '{name}': {error}") from None
            found[name] = shape
        return found

    def output_shape(self, shape: Shape) -> Shape:
        return list(self.shapes(shape).values())[-1]

    def forward(self, x: Array) -> tuple[Array, list[Cache]]:
        self.output_shape(require(x, "Chain"))
        caches: list[Any] = []
        for _, layer in self:
            x, cache = layer.forward(x)
            caches.append(cache)
        return x, caches

    def backward(self, dy: Array, cache: list[Cache]) -> Array:
        for layer, own in zip(reversed(list(self.layers.values())), reversed(cache), strict=True):
            dy = layer.backward(dy, own)
        return dy


def unknown_layer(owner: str, name: str, names: Iterable[str]) -> ParameterError:
    """The error of a layer's name that does not exist: the names that do, and the nearest."""
    known = list(names)
    near = get_close_matches(name, known, n=1)
    guess = f" (did you mean '{near[0]}'?)" if near else ""
    return ParameterError(
        f"{owner}.until: layer must be one of {', '.join(known)}, got {name!r}{guess}"
    )
