"""A function written with ``autograd.numpy`` as a representation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError
from inverse.layers import Cache
from inverse.representations.function import Function, checked_code, described, function, name_of

__all__ = ["representation"]


def representation(fn: Callable[[Any], Any], *, name: str | None = None, **input: Any) -> Function:
    """A function written with ``autograd.numpy``; its derivative is autograd's.

    Parameters
    ----------
    fn : callable
        Takes images (N, H, W, C) and gives codes (N, ...). Images must not influence one another:
        row n of the code is to depend on image n alone (`testing.check_layer` finds out).
    name : str, optional
        For messages and file names; by default the function's own.
    **input
        What ``fn`` is given of a picture, as for `cnn`: ``size``, ``channels`` (3), ``range`` (1),
        ``order``, ``mean``, ``std``. By default values 0–1 of a color picture of any size.

    Raises
    ------
    InputError
        If the input is not well described, or the package autograd is not installed.
    ParameterError
        If ``fn`` is no function.

    Notes
    -----
    Codes and gradients have the dtype of x, whatever ``fn`` computes in.

    Examples
    --------
    >>> import inverse
    >>> import autograd.numpy as anp
    >>> def energy(x):
    ...     right, down = x[:, 1:, 1:] - x[:, 1:, :-1], x[:, 1:, 1:] - x[:, :-1, 1:]
    ...     return anp.sqrt(1e-4 + right**2 + down**2)
    >>> phi = inverse.representation(energy, channels=1)
    >>> phi(phi.encode(inverse.photos.photo("hat"))).shape
    (1, 255, 255, 1)
    """
    given = described(input, "representation")
    own = name or name_of(fn, "representation")
    return function(_Autograd(fn), own, given)


class _Autograd:
    """Forward and backward by autograd's vector–Jacobian product."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        try:
            from autograd import make_vjp
        except ImportError:
            raise InputError(
                "representation needs the package autograd: pip install 'inverse[autograd]'"
            ) from None
        self._vjp = make_vjp(fn)

    def forward(self, x: Array) -> tuple[Array, Cache]:
        back, y = self._vjp(x.copy())  # which later changes of x are not to reach
        return checked_code(y, x, "representation"), (back, np.asarray(y).dtype, x.dtype)

    def backward(self, dy: Array, cache: Cache) -> Array:
        back, computed, kept = cache
        return np.asarray(back(dy.astype(computed, copy=False)), dtype=kept)
