"""Array libraries other than NumPy: how arrays reach their devices, and a count of what moves."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import array_api_strict
import numpy as np
import pytest

from tests.support import Array


@dataclass(frozen=True)
class Backend:
    """Another array library: how a NumPy array reaches it, and how one comes back."""

    name: str
    send: Callable[[Array], Any]
    fetch: Callable[[Any], Array]
    device: Any


def on_strict() -> Backend:
    """The array API standard and nothing else; its second device refuses to meet the CPU's."""
    device = array_api_strict.Device("device1")
    cpu = array_api_strict.Device("CPU_DEVICE")
    return Backend(
        name="array_api_strict",
        send=lambda x: array_api_strict.asarray(x, device=device),
        fetch=lambda x: np.asarray(array_api_strict.asarray(x, device=cpu)),
        device=device,
    )


def on_gpu() -> Backend:
    """CuPy on a GPU, if both are here."""
    from inverse.devices import find
    from inverse.errors import InputError

    try:
        send = find("gpu", None).send
    except InputError as error:
        pytest.skip(str(error))
    cupy = importlib.import_module("cupy")
    return Backend("cupy", send, cupy.asnumpy, cupy.cuda.Device())


BACKENDS = {"strict": on_strict, "gpu": on_gpu}


@dataclass
class Transfers:
    """How often arrays, or numbers in them, went from a device to the CPU, and back."""

    to_host: int = 0
    to_device: int = 0


READS = ("bool", "int", "float", "complex", "index", "array", "buffer", "dlpack")
"""The special methods by which values leave a device, and for which a program must wait."""


@contextmanager
def counted() -> Iterator[Transfers]:
    """Within, what moves between the CPU and the devices of `array_api_strict` is counted."""
    kind, found = type(array_api_strict.asarray(0.0)), Transfers()
    cpu, asarray = array_api_strict.Device("CPU_DEVICE"), array_api_strict.asarray
    to_device = kind.to_device

    def reading(method: Callable[..., Any]) -> Callable[..., Any]:
        def read(self: Any, *args: Any, **options: Any) -> Any:
            found.to_host += self.device != cpu
            return method(self, *args, **options)

        return read

    def send(values: Any, **options: Any) -> Any:
        found.to_device += not isinstance(values, kind)
        leaves = isinstance(values, kind) and options.get("device", values.device) != values.device
        found.to_host += leaves
        return asarray(values, **options)

    def move(self: Any, device: Any, **options: Any) -> Any:
        found.to_host += self.device != device
        return to_device(self, device, **options)

    with ExitStack() as stack:
        for name in (f"__{name}__" for name in READS):
            if hasattr(kind, name):
                stack.enter_context(patch.object(kind, name, reading(getattr(kind, name))))
        stack.enter_context(patch.object(kind, "to_device", move))
        stack.enter_context(patch.object(array_api_strict, "asarray", send))
        yield found
