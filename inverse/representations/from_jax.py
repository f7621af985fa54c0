"""A JAX function as a representation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError
from inverse.layers import Cache
from inverse.representations.function import Function, checked_code, described, function, name_of

__all__ = ["from_jax"]


def from_jax(fn: Callable[[Any], Any], *, name: str | None = None, **input: Any) -> Function:
    """A function of JAX arrays; its derivative is JAX's.

    Parameters
    ----------
    fn : callable
        Takes images (N, H, W, C) and gives codes (N, ...). It is compiled by ``jax.jit``, so it
        must be pure and its control flow independent of values. Images must not influence one
        another: row n of the code is to depend on image n alone (`testing.check_layer` finds out).
    name : str, optional
        For messages and file names; by default the function's own.
    **input
        What ``fn`` is given of a picture, as for `cnn`: ``size``, ``channels`` (3), ``range`` (1),
        ``order``, ``mean``, ``std``. By default values 0–1 of a color picture of any size.

    Raises
    ------
    InputError
        If the input is not well described, or the package jax is not installed.
    ParameterError
        If ``fn`` is no function.

    Notes
    -----
    JAX computes in float32 unless told otherwise; for float64 images it is told so, and only
    while they are computed.
    """
    given = described(input, "from_jax")
    own = name or name_of(fn, "from_jax")
    return function(_Jax(fn), own, given)


class _Jax:
    """Forward and backward by JAX's vector–Jacobian product, both compiled."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        try:
            import jax
        except ImportError:
            raise InputError("from_jax needs the package jax: pip install 'inverse[jax]'") from None
        self._double = jax.enable_x64
        self._ahead = jax.jit(lambda x: jax.vjp(fn, x))
        self._back = jax.jit(lambda back, dy: back(dy)[0])

    def forward(self, x: Array) -> tuple[Array, Cache]:
        with self._double(x.dtype == np.float64):
            y, back = self._ahead(np.array(x))
        return checked_code(y, x, "from_jax"), (back, y.dtype, x.dtype)

    def backward(self, dy: Array, cache: Cache) -> Array:
        back, computed, kept = cache
        with self._double(kept == np.float64):
            return np.array(self._back(back, dy.astype(computed)), dtype=kept)
