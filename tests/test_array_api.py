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
from inverse.layers import (
    ArctanOrientation,
    BilinearOrientation,
    BlockNormalization,
    BlockSum,
    CellPooling,
    Chain,
    Clamp,
    DescriptorPooling,
    Foreign,
    HardOrientation,
    ImageGradient,
    L2Normalization,
    Layer,
)
from tests.support import Array, normal, positive

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


LAYERS: dict[str, tuple[Layer, Array]] = {
    "gradient": (ImageGradient(), normal(0, (2, 6, 5, 1))),
    "gradient, color": (ImageGradient(0.5, "one-sided"), normal(1, (2, 6, 5, 3))),
    "hard": (HardOrientation(5), normal(2, (3, 6, 5, 2))),
    "bilinear": (BilinearOrientation(5), normal(3, (3, 6, 5, 2))),
    "arctan": (ArctanOrientation(5), normal(4, (3, 6, 5, 2))),
    "cells": (CellPooling(4), normal(5, (2, 11, 13, 3))),
    "descriptors": (DescriptorPooling(3, 2), normal(6, (2, 14, 13, 3))),
    "descriptors, flat": (DescriptorPooling(2, 3, "flat"), normal(7, (2, 14, 13, 3))),
    "blocks": (BlockNormalization(), positive(8, (2, 4, 3, 10))),
    "clamp": (Clamp(), normal(9, (2, 4, 3, 5))),
    "sum": (BlockSum(), normal(10, (2, 4, 3, 24))),
    "sum, no texture": (BlockSum(texture=False), normal(11, (2, 4, 3, 24))),
    "l2": (L2Normalization(), normal(12, (2, 4, 3, 5))),
    "chain": (
        Chain({"gradient": ImageGradient(), "hard": HardOrientation(4), "cells": CellPooling(3)}),
        normal(13, (2, 11, 13, 3)),
    ),
    "flat": (BilinearOrientation(5), np.zeros((2, 3, 4, 2))),
}
"""Every layer, and an input for it."""


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", LAYERS)
def test_layer_on_device(name: str, dtype: str, backend: Backend) -> None:
    layer, x = LAYERS[name]
    x = x.astype(dtype)
    y, cache = layer.forward(x)
    dy = normal(99, y.shape).astype(dtype)
    dx = layer.backward(dy, cache)

    there, cache = layer.forward(backend.send(x))
    assert_same(backend, there, y, dtype)
    assert_same(backend, layer.backward(backend.send(dy), cache), dx, dtype)


def test_every_layer_is_here() -> None:
    assert {type(layer) for layer, _ in LAYERS.values()} == plain_layers()


def plain_layers() -> set[type[Layer]]:
    """The concrete layers that `inverse.layers` offers."""
    import inverse.layers

    found = (getattr(inverse.layers, name) for name in inverse.layers.__all__)
    layers = {c for c in found if isinstance(c, type) and issubclass(c, Layer)}
    return layers - {Layer, Foreign}  # what a foreign object runs on is its own business


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
