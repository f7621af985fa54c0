"""A PyTorch module as a representation."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError, ParameterError
from inverse.layers import Cache
from inverse.representations.function import Function, checked_code, described, function, name_of

__all__ = ["from_torch"]


def from_torch(
    module: Any, *, name: str | None = None, layout: str = "NCHW", **input: Any
) -> Function:
    """A PyTorch module; its derivative is PyTorch's.

    Parameters
    ----------
    module : torch.nn.Module
        Takes images (N, C, H, W) and gives a tensor of codes (N, ...). A copy of it is used, on the
        CPU, in evaluation mode. Images must not influence one another: row n of the code is to
        depend on image n alone (`testing.check_layer` finds out).
    name : str, optional
        For messages and file names; by default the module's class.
    layout : {"NCHW", "NHWC"}
        Order of the axes of the module's input, and of its code if that is of rank 4. Our face is
        (N, H, W, C) in any case.
    **input
        What the module is given of a picture, as for `cnn`: ``size``, ``channels`` (3), ``range``
        (1), ``order``, ``mean``, ``std``. By default values 0–1 of a color picture of any size.

    Raises
    ------
    InputError
        If the input is not well described, or the package torch is not installed.
    ParameterError
        If ``module`` is no module, or an argument is not allowed.

    Notes
    -----
    float64 images go through a float64 copy of the module, made when the first one comes.
    """
    given = described(input, "from_torch")
    if layout not in ("NCHW", "NHWC"):
        raise ParameterError(f"from_torch.layout must be one of NCHW, NHWC, got {layout!r}")
    map = _Torch(module, layout)
    return function(map, name or name_of(module, "from_torch"), given)


class _Torch:
    """Forward and backward by PyTorch's graph."""

    def __init__(self, module: Any, layout: str) -> None:
        try:
            import torch
        except ImportError:
            raise InputError(
                "from_torch needs the package torch: pip install 'inverse[torch]'"
            ) from None
        if not isinstance(module, torch.nn.Module):
            got = type(module).__name__
            raise ParameterError(f"from_torch takes a torch.nn.Module, got {got}")
        self._torch, self._module, self._swaps = torch, module, layout == "NCHW"
        self._copies: dict[str, Any] = {}

    def forward(self, x: Array) -> tuple[Array, Cache]:
        with self._torch.enable_grad():
            given = self._torch.tensor(np.ascontiguousarray(x), requires_grad=True)
            y = self._of_dtype(given.dtype)(given.permute(0, 3, 1, 2) if self._swaps else given)
            if self._swaps and getattr(y, "ndim", 0) == 4:
                y = y.permute(0, 2, 3, 1)
        code = y.detach().numpy() if isinstance(y, self._torch.Tensor) else y
        return checked_code(code, x, "from_torch"), (given, y)

    def backward(self, dy: Array, cache: Cache) -> Array:
        given, y = cache
        if not y.requires_grad:  # the code does not depend on the image
            return np.zeros(tuple(given.shape), dy.dtype)
        back = self._torch.tensor(np.ascontiguousarray(dy), dtype=y.dtype)
        (dx,) = self._torch.autograd.grad(y, given, back, retain_graph=True)
        return np.asarray(dx.numpy())

    def _of_dtype(self, dtype: Any) -> Any:
        """The module with weights of that dtype, none of which asks for a gradient."""
        if str(dtype) not in self._copies:
            own = copy.deepcopy(self._module).to("cpu", dtype)
            self._copies[str(dtype)] = own.eval().requires_grad_(False)
        return self._copies[str(dtype)]
