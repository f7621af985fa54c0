"""Pickles are read by a machine that calls nothing but what it was given."""

import io
import os
import pickle
import subprocess
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.errors import InputError
from inverse.models.unpickle import Buildable, unpickle
from tests.models.pickles import Call, Name, Persistent, dump


class Point(Buildable):
    """Takes its place as its state."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def build(self, state):
        self.state = state


def load(data, names=None, persistent=None):
    return unpickle(io.BytesIO(data), names or {}, persistent)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**200) | st.text() | st.binary(max_size=300),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
    max_leaves=20,
)


@settings(max_examples=50)
@given(PLAIN)
def test_plain_values_are_read_as_python_reads_them(value):
    assert load(dump(value)) == value
    # Python's writer shares objects and uses the short forms of the opcodes
    whole = {"a": value, "b": ((value,), (value, 1), (value, 1, 2))}
    assert load(pickle.dumps(whole, protocol=3)) == whole


def test_the_file_is_left_after_the_pickle():
    file = io.BytesIO(dump("one") + dump("two") + b"rest")
    assert [unpickle(file, {}), unpickle(file, {})] == ["one", "two"]
    assert file.read() == b"rest"


def test_names_stand_for_what_was_given():
    made = load(dump(Call(Name("geometry Point"), (1, 2), "state")), {"geometry Point": Point})
    assert (type(made), made.arguments, made.state) == (Point, (1, 2), "state")
    assert load(dump([Persistent("key")]), persistent=str.upper) == ["KEY"]


class Attack:
    """Pickled, a call of ``function``."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (os.system, r"posix\.system|nt\.system"),
        (eval, r"builtins\.eval"),
        (getattr, r"builtins\.getattr"),
        (subprocess.Popen, r"(subprocess|commands)\.Popen"),
        (pickle.loads, r"_?pickle\.loads"),
    ],
)
@pytest.mark.parametrize("protocol", range(6))
def test_other_names_are_refused(function, named, protocol, tmp_path):
    data = pickle.dumps(Attack(function, f"touch {tmp_path}/ran"), protocol)
    if protocol in (2, 3):
        named = named.replace("builtins", "(__builtin__|builtins)")
        with pytest.raises(InputError, match=f"must not use '({named})'"):
            load(data)
    else:
        # the oldest and the newest protocols go no further than the first opcode of their own
        with pytest.raises(InputError, match="must not use "):
            load(data)
    assert not list(tmp_path.iterdir())


def test_a_name_does_not_reach_into_others():
    with pytest.raises(InputError, match=r"must not use 'geometry\.Point\.build'"):
        load(dump(Name("geometry Point.build")), {"geometry Point": Point})
    with pytest.raises(InputError, match=r"must not use 'a\\x1b\.b'"):  # no escapes to the terminal
        load(dump(Name("a\x1b b")))


@pytest.mark.parametrize(
    ("opcodes", "message"),
    [
        (b"", "is broken: pickle exhausted before seeing STOP"),
        (b"N", "exhausted"),
        (b"X\xff\xff\xff\x7fabc", "expected 2147483647 bytes .* but only 3 remain"),
        (b"B\xff\xff\xff\xffabc", "expected 4294967295 bytes .* but only 3 remain"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc", "expected 9223372036854775807 bytes"),
        (b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f", "must not use the opcode FRAME"),
        (b"\x8b\xff\xff\xff\x7f", "not enough data in stream to read long4"),
        (b"\xff", "opcode b'\\\\xff' unknown"),
        (b".", "must leave one object"),
        (b"NN.", "must leave one object"),
        (b"(.", "must leave one object"),
        (b"t.", "a mark is missing"),
        (b"\x85.", "the stack is empty"),
        (b"R.", "pop from empty list"),
        (b"h\x05.", "is broken: 5"),
        (b"q\x05.", "list index out of range"),
        (b"NN\x85R.", "calls what is no function"),
        (b"NN(N\x85u.", "keys must be strings"),
        (b"}K\x01Ns.", "keys must be strings"),
        (b"N(u.", "NoneType in the place of dict"),
        (b"N(e.", "NoneType in the place of list"),
        (b"}(X\x01\x00\x00\x00au.", "keys must|shorter"),
        (b"}Nb.", "dict in the place of Buildable"),
        (b"NQ.", "must not use persistent ids"),
        (b"0.", "must not use the opcode POP"),
    ],
)
def test_broken_pickles_are_refused(opcodes, message):
    with pytest.raises(InputError, match=message):
        load(opcodes)


def test_calls_that_fail_are_told_of():
    with pytest.raises(InputError, match="is broken: .*invalid literal"):
        load(dump(Call(Name("a int"), ("x",))), {"a int": int})


def test_declared_sizes_take_no_memory():
    tracemalloc.start()
    for opcodes in (b"Nr\xff\xff\xff\x7f.", b"B\xff\xff\xff\xffabc", b"X\xff\xff\xff\x7fabc"):
        with suppress(InputError):
            load(opcodes)  # the first is a memo's index, and harmless
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_deep_and_endless_values():
    assert isinstance(load(b"N" + b"\x85" * 200_000 + b"."), tuple)
    loop = load(b"]q\x00(h\x00e.")
    assert loop[0] is loop
    deep = b"N" + b"\x85" * 200_000
    for opcodes in (b"}" + deep + b"Ns.", b"}(" + deep + b"Nu.", deep + b"Q."):
        with pytest.raises(InputError):
            load(opcodes)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_one_error(data):
    with suppress(InputError):
        load(data)


@given(st.data())
def test_any_change_of_a_pickle_gives_a_value_or_one_error(data):
    whole = bytearray(dump({"a": Call(Name("m Point"), (1, "x"), [2]), "b": (None, b"abc")}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        load(bytes(whole[: data.draw(st.integers(1, len(whole)))]), {"m Point": Point})
