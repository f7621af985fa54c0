"""The plain path on another array library: `array_api_strict`, on its second device.

It has nothing but the array API standard and refuses to mix devices, so what passes here runs
with CuPy on a GPU. With a GPU present, CuPy runs the same tests.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_strict
import numpy as np
import pytest

from inverse.arrays import constant, namespace, per_image, to_numpy
from inverse.layers import Foreign, Graph, Join, Layer
from tests.layers.cases import LAYERS
from tests.support import Array, normal

TOLERANCES = {"float32": 1e-6, "float64": 1e-12}


@dataclass(frozen=True)
class Backend:
    """Another array library: how a NumPy array reaches it, and how one comes back."""

    name: str
    send: Callable[[Array], Any]
    fetch: Callable[[Any], Array]
    device: Any


def on_strict() -> Backend:
    device = array_api_strict.Device("device1")
    cpu = array_api_strict.Device("CPU_DEVICE")
    return Backend(
        name="array_api_strict",
        send=lambda x: array_api_strict.asarray(x, device=device),
        fetch=lambda x: np.asarray(array_api_strict.asarray(x, device=cpu)),
        device=device,
    )


def on_cupy() -> Backend:
    cupy = importlib.import_module("cupy")
    if not cupy.is_available():
        pytest.skip("needs a GPU")
    return Backend("cupy", cupy.asarray, cupy.asnumpy, cupy.cuda.Device())


@pytest.fixture(
    scope="module",
    params=[
        on_strict,
        pytest.param(
            on_cupy,
            marks=pytest.mark.skipif(not importlib.util.find_spec("cupy"), reason="needs CuPy"),
        ),
    ],
    ids=["array_api_strict", "cupy"],
)
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.param()


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", LAYERS)
def test_layer_on_device(name: str, dtype: str, backend: Backend) -> None:
    layer, given = LAYERS[name]
    xs = [x.astype(dtype) for x in (given if isinstance(layer, Join) else (given,))]
    y, cache = layer.forward(*xs)
    dy = normal(99, y.shape).astype(dtype)
    dxs = layer.backward(dy, cache)

    there, cache = layer.forward(*(backend.send(x) for x in xs))
    assert_same(backend, there, y, dtype)
    back = layer.backward(backend.send(dy), cache)
    if not isinstance(layer, Join):
        dxs, back = (dxs,), (back,)
    for found, dx in zip(back, dxs, strict=True):
        assert_same(backend, found, dx, dtype)


def test_every_layer_is_here() -> None:
    assert {type(layer) for layer, _ in LAYERS.values()} == plain_layers()


def plain_layers() -> set[type]:
    """The concrete layers that `inverse.layers` offers."""
    import inverse.layers

    found = (getattr(inverse.layers, name) for name in inverse.layers.__all__)
    layers = {c for c in found if isinstance(c, type) and issubclass(c, (Layer, Join))}
    # what a foreign object runs on is its own business; a graph is made of the others
    return layers - {Layer, Join, Foreign, Graph}


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_sums_of_images_are_float64_on_the_device(dtype: str, backend: Backend) -> None:
    a = normal(0, (3, 5, 4, 2)).astype(dtype)
    assert_same(backend, per_image(backend.send(a)), per_image(a), "float64")


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_constants_and_copies(dtype: str, backend: Backend) -> None:
    x = backend.send(np.ones((2, 3), dtype=dtype))
    table = normal(2, (4, 5))
    assert_same(backend, constant(table, x), table.astype(dtype), dtype)
    assert namespace(x).__name__.endswith(backend.name)
    np.testing.assert_array_equal(to_numpy(x), np.ones((2, 3)))
    assert to_numpy(x).dtype == dtype


def assert_same(backend: Backend, there: Any, here: Array, dtype: str) -> None:
    """The array of the other library: on its device, in the dtype, equal to NumPy's."""
    assert there.device == backend.device
    fetched = backend.fetch(there)
    assert fetched.dtype == here.dtype == dtype
    assert fetched.shape == here.shape
    scale = max(1.0, float(np.abs(here).max()))
    np.testing.assert_allclose(fetched, here, rtol=0, atol=TOLERANCES[dtype] * scale)
