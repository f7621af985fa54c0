"""What a user gives as Φ, as a representation."""

from __future__ import annotations

from typing import Any

from inverse.devices import CPU, Device
from inverse.errors import ParameterError
from inverse.layers import Chain, Foreign, Graph, Layer
from inverse.representations.base import Representation
from inverse.representations.function import Function

__all__ = ["as_representation"]


def as_representation(phi: Any, device: Device = CPU) -> Representation:
    """A representation as it is; a layer, or an object with its two methods, as one on grey levels.

    The object is given arrays of the device.

    Raises
    ------
    ParameterError
        If the object has no ``forward`` or no ``backward``, or cannot be computed there.
    """
    if isinstance(phi, Function) and device != CPU:
        raise ParameterError(
            "invert.device must be 'cpu' for a function of autograd, PyTorch or JAX, "
            f"got {device.name}"
        )
    if isinstance(phi, Representation):
        return phi
    name = type(phi).__name__
    if not (hasattr(phi, "forward") and hasattr(phi, "backward")):
        raise ParameterError(
            f"invert.representation must have the methods forward and backward, got {name}"
        )
    if isinstance(phi, Chain | Graph):
        return Representation(name.lower(), phi)
    layer = {name: phi} if isinstance(phi, Layer) else {"all": Foreign(phi, device.send)}
    return Representation(name.lower(), Chain(layer))
