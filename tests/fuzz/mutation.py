"""What is done to bytes and to values of JSON, by a random generator alone."""

import copy
import json

SIZES = (0, 1, 2, 3, 7, 255, 256, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
"""Numbers at the edges of what programs count with."""

ODD = [
    None, True, False, 0, 1, -1, 2, 3, 10**6, 2**31, 2**63, -(2**63), 10**30, 10**400, 0.5, -0.0,
    1e-320, 1e308, -1e308, float("nan"), float("inf"), "", "x", "0", "1e9", "../secret",
    "/etc/passwd", "a/b",
    "\x00", "\ud800", "é" * 3, "{{7*7}}", "<script>", "x" * 5000, [], {}, [[]], [0], [1, 2],
    [1e308] * 3, {"a": 1}, ["x", None], [-1, -1], [[1, 2], [3]],
]  # fmt: skip
"""Values that a reader may not have thought of."""


def mutate(rng, data, most=8):
    """Some bytes of the data changed, removed, doubled, moved or added."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, most))):
        CHANGES[rng.randrange(len(CHANGES))](rng, found)
    return bytes(found)


def _place(rng, data):
    """A place, more often near the start: there are the heads of files."""
    top = max(len(data), 1)
    return rng.randrange(min(top, 64)) if rng.random() < 0.4 else rng.randrange(top)


def _flip(rng, data):
    if data:
        data[_place(rng, data)] ^= 1 << rng.randrange(8)


def _set(rng, data):
    if data:
        data[_place(rng, data)] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))


def _number(rng, data):
    width = rng.choice((2, 4, 8))
    value = rng.choice(SIZES) % 256**width
    at = _place(rng, data)
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _remove(rng, data):
    at = _place(rng, data)
    del data[at : at + rng.choice((1, 4, 64, 1000))]


def _truncate(rng, data):
    del data[rng.randrange(len(data) + 1) :]


def _double(rng, data):
    at, length = _place(rng, data), rng.choice((1, 4, 64, 1000))
    data[at:at] = data[at : at + length]


def _move(rng, data):
    at, to, length = _place(rng, data), _place(rng, data), rng.choice((4, 64))
    data[to : to + length] = data[at : at + length]


def _add(rng, data):
    at = _place(rng, data)
    data[at:at] = rng.randbytes(rng.choice((1, 4, 64)))


def _blank(rng, data):
    at, length = _place(rng, data), rng.choice((4, 16, 256))
    data[at : at + length] = bytes(len(data[at : at + length]))


CHANGES = (_flip, _flip, _set, _number, _number, _remove, _truncate, _double, _move, _add, _blank)


def mutate_value(rng, value):
    """A copy of nested lists and dicts with some of its parts changed."""
    found = [copy.deepcopy(value)]
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(_places(found))
        holder, key = rng.choice(places)
        change = rng.randrange(6)
        if change == 0 and holder is not found:
            del holder[key]
        elif change == 1 and isinstance(holder, dict):
            holder[rng.choice(("", "x", "name", "format", "\x00"))] = holder.pop(key)
        elif change == 2 and isinstance(holder, list) and holder is not found:
            holder.insert(key, copy.deepcopy(holder[key]))
        elif change == 3:
            other, there = rng.choice(places)
            holder[key] = copy.deepcopy(other[there])
        else:
            holder[key] = rng.choice(ODD)
    return found[0]


def _places(holder):
    """Every (list or dict, index or key) of a tree."""
    for key in range(len(holder)) if isinstance(holder, list) else list(holder):
        yield holder, key
        if isinstance(holder[key], list | dict):
            yield from _places(holder[key])


def mutate_json(rng, value):
    """The bytes of a JSON file of a value, with changes of the value, its text, or both."""
    if rng.random() < 0.03:
        return rng.choice((b"[", b'{"a":', b"[[],")) * rng.choice((10, 1000, 100_000))
    if rng.random() < 0.8:
        value = mutate_value(rng, value)
    text = json.dumps(value).encode(rng.choice(("utf-8",) * 9 + ("utf-16",)))
    return mutate(rng, text) if rng.random() < 0.4 else text
