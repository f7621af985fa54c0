"""Where a run computes: on the CPU with NumPy, on a GPU with CuPy, or wherever you say."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError, ParameterError

__all__ = ["CPU", "Device", "find"]


@dataclass(frozen=True)
class Device:
    """A place for arrays.

    Parameters
    ----------
    name : str
        For messages and records.
    send : function
        Gives a NumPy array as one that lives there, of any library of the array API standard.
        All that is computed from it must stay there.
    """

    name: str
    send: Callable[[np.ndarray[Any, Any]], Array]


CPU = Device("cpu", lambda x: x)
"""NumPy's place, for which layers have kernels (`inverse.kernels`)."""


def find(device: str | Device | None, target: Array) -> Device:
    """The device that is meant: by name, by itself, or, by None, a GPU for an array of CuPy.

    Raises
    ------
    ParameterError
        If it is none.
    InputError
        If there is no GPU that CuPy can use; the sentence says what is missing.
    """
    if isinstance(device, Device):
        return device
    if device == "gpu" or (device is None and array_api_compat.is_cupy_array(target)):
        return _gpu()
    if device in ("cpu", None):
        return CPU
    raise ParameterError(f"invert.device must be 'cpu', 'gpu' or a Device, got {device!r}")


def _gpu() -> Device:
    """CuPy's current GPU, after a trial of it."""
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "cupy"
        reason = "pip install 'inverse[gpu]'" if missing else _line(error)
        raise InputError(f"the device gpu needs the package cupy: {reason}") from None
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise InputError(
            f"the device gpu needs a GPU and its CUDA driver: {_line(error)}"
        ) from None
    if not count:
        raise InputError("the device gpu needs a GPU, CUDA finds none")
    try:
        # a kernel is compiled and run, and cuBLAS asked: what a CuPy of another CUDA cannot do
        row = cupy.arange(3.0)[None]
        fits = float(cupy.matmul(row, row.T).sum()) == 5.0
    except Exception as error:  # ImportError, OSError or one of CuPy's, by what is wrong
        raise InputError(_unfit(cupy, _line(error))) from None
    if not fits:
        raise InputError(_unfit(cupy, "0² + 1² + 2² is not 5 to it"))
    return Device("gpu", cupy.asarray)


def _unfit(cupy: Any, reason: str) -> str:
    runtime = cupy.cuda.runtime
    made, driver = (_version(v()) for v in (runtime.runtimeGetVersion, runtime.driverGetVersion))
    return (
        f"cupy {cupy.__version__}, made for CUDA {made}, cannot use this GPU, whose driver is for "
        f"CUDA {driver} (pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]' brings all of 12 "
        f"or 13): {reason}"
    )


def _version(number: int) -> str:
    """CUDA's 12040 is 12.4."""
    return f"{number // 1000}.{number % 1000 // 10}"


def _line(error: BaseException) -> str:
    """The first line of an error's message that says something."""
    lines = (line.strip(" =") for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
