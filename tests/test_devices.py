"""What is said where there is no GPU, no CuPy, or a CuPy of another CUDA."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import inverse
from inverse import photos
from inverse.cli import main
from inverse.devices import CPU, Device, find
from inverse.errors import InputError, ParameterError


class CudaError(RuntimeError):
    """Stands for CuPy's CUDARuntimeError."""


def fake_cupy(count=1, total=5.0):
    """A CuPy whose GPU answers as told; what is an exception is raised."""

    def answer(value):
        if isinstance(value, Exception):
            raise value
        return value

    runtime = SimpleNamespace(
        CUDARuntimeError=CudaError,
        getDeviceCount=lambda: answer(count),
        runtimeGetVersion=lambda: 12090,
        driverGetVersion=lambda: 11040,
    )
    return SimpleNamespace(
        __version__="14.2.0",
        cuda=SimpleNamespace(runtime=runtime),
        arange=np.arange,
        matmul=lambda a, b: SimpleNamespace(sum=lambda: answer(total)),
        ndarray=type("ndarray", (), {}),
        asarray=lambda x: ("on the GPU", x),
    )


FAULTS = {
    "no package": (None, "the device gpu needs the package cupy: pip install 'inverse[gpu]'"),
    "no driver": (
        fake_cupy(CudaError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")),
        "the device gpu needs a GPU and its CUDA driver: cudaErrorInsufficientDriver: CUDA driver",
    ),
    "no GPU": (fake_cupy(0), "the device gpu needs a GPU, CUDA finds none"),
    "wrong CUDA": (
        fake_cupy(total=ImportError("\n====\nlibnvrtc.so.12: cannot open\n====")),
        "cupy 14.2.0, made for CUDA 12.9, cannot use this GPU, whose driver is for CUDA 11.4 "
        "(pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]' brings all of 12 or 13): "
        "libnvrtc.so.12: cannot open",
    ),
    "wrong sums": (fake_cupy(total=2.0), "0² + 1² + 2² is not 5 to it"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_sentence_says_what_is_missing(fault, monkeypatch, capsys, tmp_path):
    cupy, sentence = FAULTS[fault]
    monkeypatch.setitem(sys.modules, "cupy", cupy)  # None: as if it were not installed
    with pytest.raises(InputError) as caught:
        find("gpu", None)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    out = tmp_path / "out"
    assert main(["invert", str(photos.path("hat")), "--device", "gpu", "--out", str(out)]) == 2
    assert sentence in capsys.readouterr().err
    assert not list(out.glob("*.png"))


def test_a_library_that_cupy_lacks_is_named(monkeypatch):
    def missing(name):
        raise ImportError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(InputError, match="needs the package cupy: libcuda.so.1: cannot open"):
        find("gpu", None)


def test_devices_are_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy())
    assert find("gpu", None).send(1.0) == ("on the GPU", 1.0)
    own = Device("own", np.asarray)
    assert find(own, None) is own
    assert find("cpu", None) is find(None, np.zeros(2)) is CPU
    with pytest.raises(ParameterError, match="must be 'cpu', 'gpu' or a Device, got 3"):
        find(3, None)


def test_cupy_has_every_function_that_is_asked_of_a_library():
    """All ``xp.name`` of the package, in the namespace that `array_api_compat` makes of CuPy."""
    pytest.importorskip("cupy")
    namespace = importlib.import_module("array_api_compat.cupy")
    package = Path(inverse.__file__).parent
    asked = {
        name
        for path in package.rglob("*.py")
        if "xp" in (source := path.read_text()) and "kernels" not in path.parts
        for name in re.findall(r"\bxp\.(\w+)", source)
    }
    assert {"matmul", "permute_dims", "where"} <= asked
    assert {name for name in asked if not hasattr(namespace, name)} == set()
