"""Read a pickle without running it: a small stack machine that calls only what it was given.

A pickle is a program, and Python's own unpickler calls whatever function the program names. The
machine here knows the few opcodes that arrays and tables need. Names stand for stand-ins that the
caller provides; any other name, and any other opcode, is refused.
"""

from __future__ import annotations

import pickletools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from inverse.errors import InputError

__all__ = ["Buildable", "unpickle"]

_MARK = object()

_VALUES = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "BINBYTES", "SHORT_BINBYTES",
}  # fmt: skip
"""Opcodes that push their argument."""

_MAKERS: dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
"""Opcodes that push something new."""


class Buildable(ABC):
    """A stand-in whose state the pickle may set after it was made."""

    @abstractmethod
    def build(self, state: Any) -> None:
        """Take the state; raise ValueError or TypeError if it does not fit."""


def unpickle(
    file: BinaryIO,
    names: Mapping[str, Any],
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """Read one pickle from ``file``, which is left at the first byte after it.

    Parameters
    ----------
    file : binary file
        Open for reading.
    names : mapping
        For each allowed ``"module name"`` what stands for it. Only functions and classes of this
        mapping are ever called.
    persistent : callable, optional
        Gives the object for a persistent id; without it there must be none.

    Raises
    ------
    InputError
        If the pickle is truncated or broken, or uses a name or an opcode that is not allowed.
    """
    machine = _Machine(names, persistent)
    try:
        for opcode, argument, _ in pickletools.genops(file):
            machine.step(opcode.name, argument)
        return machine.result()
    except InputError:
        raise
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise InputError(f"the pickle is broken: {error}") from None


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, names: Mapping[str, Any], persistent: Callable[[Any], Any] | None) -> None:
        self.names, self.persistent = names, persistent
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, opcode: str, argument: Any) -> None:
        if opcode in _VALUES:
            self.stack.append(argument)
        elif opcode in _MAKERS:
            self.stack.append(_MAKERS[opcode]())
        elif opcode in ("PROTO", "STOP"):
            return
        elif (action := getattr(self, f"do_{opcode.lower()}", None)) is not None:
            action(argument)
        else:
            raise InputError(f"the pickle must not use the opcode {opcode}")

    def result(self) -> Any:
        if len(self.stack) != 1 or self.stack[0] is _MARK:
            raise ValueError("it must leave one object")
        return self.stack[0]

    def since_mark(self) -> list[Any]:
        """The objects above the last mark, which goes too."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] is _MARK:
                above = self.stack[at + 1 :]
                del self.stack[at:]
                return above
        raise ValueError("a mark is missing")

    def top(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise TypeError(f"{type(self.stack[-1]).__name__} in the place of {kind.__name__}")
        return self.stack[-1]

    def do_global(self, name: str) -> None:
        if name not in self.names:
            raise InputError(f"the pickle must not use {name[:100].replace(' ', '.')!r}")
        self.stack.append(self.names[name])

    def do_reduce(self, _: None) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not callable(function) or not isinstance(arguments, tuple):
            raise TypeError("it calls what is no function")
        self.stack.append(function(*arguments))

    def do_build(self, _: None) -> None:
        state = self.stack.pop()
        self.top(Buildable).build(state)

    def do_binpersid(self, _: None) -> None:
        if self.persistent is None:
            raise InputError("the pickle must not use persistent ids")
        self.stack.append(self.persistent(self.stack.pop()))

    def do_binput(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def do_binget(self, index: int) -> None:
        self.stack.append(self.memo[index])

    do_long_binput, do_long_binget = do_binput, do_binget

    def do_tuple(self, _: None) -> None:
        self.stack.append(tuple(self.since_mark()))

    def do_tuple1(self, _: None) -> None:
        self._pack(1)

    def do_tuple2(self, _: None) -> None:
        self._pack(2)

    def do_tuple3(self, _: None) -> None:
        self._pack(3)

    def _pack(self, count: int) -> None:
        if len(self.stack) < count:
            raise ValueError("the stack is empty")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def do_setitem(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.put([key], [value])

    def do_setitems(self, _: None) -> None:
        items = self.since_mark()
        self.put(items[::2], items[1::2])

    def put(self, keys: list[Any], values: list[Any]) -> None:
        # to hash a tuple nested deep enough overflows the stack of the interpreter
        if not all(isinstance(key, str) for key in keys):
            raise TypeError("keys must be strings")
        self.top(dict).update(zip(keys, values, strict=True))

    def do_append(self, _: None) -> None:
        item = self.stack.pop()
        self.top(list).append(item)

    def do_appends(self, _: None) -> None:
        items = self.since_mark()
        self.top(list).extend(items)
