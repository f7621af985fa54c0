"""Pickles of any names, written opcode by opcode, so that nothing needs to be importable."""

import pickle
from dataclasses import dataclass, field
from itertools import chain
from typing import Any


@dataclass(frozen=True)
class Name:
    """A global: "module name"."""

    name: str


@dataclass(frozen=True)
class Call:
    """A call of a name, and a state that the result is built with afterwards."""

    name: Name
    arguments: tuple = ()
    state: Any = None
    items: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Persistent:
    """An object known by an id."""

    identity: Any


def dump(value):
    """The whole pickle of ``value``, of protocol 2."""
    return pickle.PROTO + b"\x02" + encode(value) + pickle.STOP


def encode(value):
    """The opcodes that push ``value``."""
    match value:
        case Name():
            return pickle.GLOBAL + value.name.replace(" ", "\n").encode() + b"\n"
        case Call():
            made = encode(value.name) + encode(value.arguments) + pickle.REDUCE
            if value.items:
                made += encode_items(value.items)
            return made if value.state is None else made + encode(value.state) + pickle.BUILD
        case Persistent():
            return encode(value.identity) + pickle.BINPERSID
        case dict():
            return pickle.EMPTY_DICT + encode_items(value)
        case tuple():
            return pickle.MARK + b"".join(map(encode, value)) + pickle.TUPLE
        case list():
            return pickle.EMPTY_LIST + pickle.MARK + b"".join(map(encode, value)) + pickle.APPENDS
        case _:
            # numbers, strings, bytes, None and booleans: without the head and the end
            return pickle.dumps(value, protocol=3)[2:-1]


def encode_items(items):
    """The opcodes that put ``items`` into the table on the stack."""
    return pickle.MARK + b"".join(map(encode, chain(*items.items()))) + pickle.SETITEMS


def flax_array(values):
    """A float32 array as NumPy pickles it."""
    kind = Call(Name("numpy dtype"), ("f4", False, True), (3, "<", None, None, None, -1, -1, 0))
    state = (1, values.shape, kind, False, values.astype("<f4").tobytes())
    return Call(
        Name("numpy.core.multiarray _reconstruct"), (Name("numpy ndarray"), (0,), b"b"), state
    )


def flax_file(network, convolutions):
    """The file of the filters (KH, KW, C, F) and biases of a network."""
    layers = {
        f"Conv_{i}": {"kernel": flax_array(kernel), "bias": flax_array(bias)}
        for i, (kernel, bias) in enumerate(convolutions)
    }
    return dump({network: layers, "NetLinLayer_0": {}})


def torch_tensor(key, count, offset, shape, strides, kind="torch FloatStorage"):
    """A tensor as PyTorch pickled it before version 1.6."""
    identity = Persistent(("storage", Name(kind), key, "cpu", count, None))
    hooks = Call(Name("collections OrderedDict"))
    return Call(
        Name("torch._utils _rebuild_tensor_v2"), (identity, offset, shape, strides, False, hooks)
    )


def torch_file(tensors, storages, magic=0x1950A86A20F9469CFC6C, little_endian=True):
    """The file of ``tensors`` by name over ``storages`` by key."""
    notes = {"_metadata": Call(Name("collections OrderedDict"))}
    table = Call(Name("collections OrderedDict"), (), notes, tensors)
    head = (magic, 1001, {"little_endian": little_endian}, table, list(storages))
    values = (len(s).to_bytes(8, "little") + s.tobytes() for s in storages.values())
    return b"".join(map(dump, head)) + b"".join(values)
