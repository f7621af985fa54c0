"""Values that a checkpoint can hold come back."""

import io
import zipfile
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inverse
from inverse.checkpoint import archive
from inverse.checkpoint.tree import flatten, unflatten
from inverse.optimize import Momentum, Stages


class Pair(NamedTuple):
    a: np.ndarray
    b: int


@dataclass(frozen=True)
class Box:
    pair: Pair
    rest: object


class Bag:
    def __init__(self, **inside):
        vars(self).update(inside)


def through(value, like):
    """``value`` written and read."""
    arrays = {}
    tree = flatten(value, like, "state", arrays)
    path = io.BytesIO(archive.pack(tree, arrays))
    with zipfile.ZipFile(path) as file:
        assert len(file.namelist()) == len(arrays) + 1
    return unflatten(tree, like, arrays, np.zeros(1))


def test_states_of_ones_own_come_back():
    def state(t):
        array = np.arange(t, dtype=np.float32)
        history = [array, (t, None, "ü")] * t  # longer than at the start
        return Box(Pair(array, t), {"bag": Bag(x=array, n=np.int32(t)), "h": history, "f": 0.1 + t})

    found = through(state(3), state(0))
    assert isinstance(found, Box)
    assert isinstance(found.pair, Pair)
    assert found.pair.a.tolist() == [0, 1, 2]
    assert found.pair.b == 3
    bag = found.rest["bag"]
    assert isinstance(bag, Bag)
    assert type(bag.n) is np.int32
    assert found.rest["h"][1] == (3, None, "ü")
    assert len(found.rest["h"]) == 6
    assert found.rest["f"] == 3.1


numbers = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.integers(0, 4).map(lambda n: np.full((n, 2), n + 0.5, np.float32)),
)  # fmt: skip
values = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(value=values)
def test_plain_values_come_back(value):
    found = through(value, None)
    assert type(found) is type(value)
    np.testing.assert_equal(found, value)


@pytest.mark.parametrize("value", [{1: 2}, object(), Pair(np.zeros(1), 1), print, {3, 4}, Bag])
def test_what_a_checkpoint_cannot_hold(value):
    with pytest.raises(inverse.ParameterError, match=r"cannot hold state.s.0, .*: it takes arrays"):
        flatten({"s": [value]}, None, "state", {})
    with pytest.raises(inverse.ParameterError, match="arrays of numbers, got <U1 as state"):
        flatten(np.array("a"), None, "state", {})
    with pytest.raises(TypeError, match="'fields' where there is NoneType"):
        unflatten({"fields": {}}, None, {}, np.zeros(1))


def test_states_of_other_array_libraries_come_back():
    xp = pytest.importorskip("array_api_strict")
    x = xp.asarray(np.ones((2, 3, 4, 1), np.float32), device=xp.Device("device1"))
    optimizer = Momentum(Stages(((0.1, 4),)))
    _, state = optimizer.step(x, x, optimizer.init(x))
    arrays = {}
    tree = flatten((state, np.ones(2)), (state, np.ones(2)), "s", arrays)
    found, ours = unflatten(tree, (state, np.ones(2)), arrays, x)
    assert found.velocity.device == x.device
    assert bool(xp.all(found.velocity == state.velocity))
    assert found.t == 1
    assert isinstance(ours, np.ndarray)
