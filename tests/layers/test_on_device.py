"""Every layer on another array library: `array_api_strict`, on its second device, or CuPy.

The former has nothing but the array API standard and refuses to mix devices, so what passes here
runs with CuPy on a GPU; `pytest --device gpu` runs the same tests there.
"""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np
import pytest

from inverse import arrays
from inverse.arrays import constant, namespace, per_image, resident, to_numpy, together
from inverse.layers import Conv2d, Foreign, Graph, Join, Layer
from tests.backends import Backend, counted, on_strict
from tests.layers.cases import LAYERS
from tests.support import Array, normal

TOLERANCES = {"float32": 1e-6, "float64": 1e-12}


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


@pytest.mark.parametrize("name", LAYERS)
def test_layer_does_not_wait_for_its_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither pass reads a value, nor makes a shape that depends on one; tables move once."""
    monkeypatch.setattr(arrays, "SMALL", 1)  # the tables here are small, others need not be
    layer, given = LAYERS[name]
    xs = [on_strict().send(x) for x in (given if isinstance(layer, Join) else (given,))]
    with (
        resident(),
        counted() as moved,
        array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False),
    ):
        for again in (False, True):
            before = moved.to_device
            y, cache = layer.forward(*xs)
            layer.backward(array_api_strict.ones_like(y), cache)
            assert not again or moved.to_device == before
    assert moved.to_host == 0


def test_filters_that_are_no_run_of_memory_move_once() -> None:
    layer = Conv2d(normal(1, (6, 2, 3, 4)).transpose(1, 2, 3, 0), groups=1)
    assert not layer.weight.flags.c_contiguous
    x = on_strict().send(normal(2, (2, 5, 6, 4)))
    with resident(), counted() as moved:
        for _ in range(3):
            y, cache = layer.forward(x)
            layer.backward(y, cache)
    assert moved.to_device == 1


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


def test_vectors_come_together(backend: Backend) -> None:
    vectors = [normal(i, (3,)) for i in range(4)]
    found = together([backend.send(vector) for vector in vectors])
    np.testing.assert_array_equal(found, vectors)
    strict = [on_strict().send(vector) for vector in vectors]
    with counted() as moved:
        together(strict)
    assert moved.to_host == 1


def test_a_table_moves_once_in_a_run() -> None:
    like, table, small = on_strict().send(np.ones(3)), normal(0, (20, 30)), np.arange(3.0)
    with counted() as moved:
        with resident():
            first = constant(table.reshape(30, 20), like)
            assert constant(table.reshape(30, 20), like) is first
            assert constant(table, like) is not first
            assert constant(small, like) is constant(np.arange(3.0), like)
            assert moved.to_device == 3
        constant(table, like)
        constant(table, like)
    assert moved.to_device == 5


def test_tables_are_not_taken_for_one_another() -> None:
    """A square and its transpose, one table in two dtypes, on two devices, and one that is gone."""
    like, square = on_strict().send(np.ones(3)), normal(0, (20, 20))
    single = array_api_strict.astype(like, array_api_strict.float32)
    with resident():
        np.testing.assert_array_equal(to_numpy(constant(square, like)), square)
        np.testing.assert_array_equal(to_numpy(constant(square.T, like)), square.T)
        assert constant(square, single).dtype == array_api_strict.float32
        assert constant(square, array_api_strict.ones(3)).device != like.device
        for i in range(20):  # memory that is free is given to the next
            table = normal(i, (20, 20))
            np.testing.assert_array_equal(to_numpy(constant(table, like)), table)
            del table


def test_tables_made_anew_are_let_go() -> None:
    like = on_strict().send(np.ones(3))
    with resident():
        for i in range(50):
            constant(normal(i, (20, 20)), like)
        kept = arrays._residents.get()
        assert kept is not None
        assert len(kept) <= 1
