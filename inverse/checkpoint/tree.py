"""Nested values as JSON and named arrays, and back, without running anything of a file."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import array_api_compat
import numpy as np

from inverse.arrays import Array, namespace, to_numpy
from inverse.errors import ParameterError

__all__ = ["built", "flatten", "unflatten"]

Arrays = dict[str, np.ndarray]


def flatten(value: Any, like: Any, name: str, arrays: Arrays) -> Any:
    """``value`` for JSON, its arrays being put into ``arrays`` by their place in it.

    Lists, numbers, strings, booleans and None stand for themselves; all else is an object of one
    key: ``{"array": name}``, ``{"device": name}`` of an array that is not NumPy's, ``{"scalar":
    name}`` of a NumPy number, ``{"tuple": […]}``, ``{"dict": {…}}``, and ``{"fields": {…}}`` of a
    NamedTuple, dataclass or object of attributes.

    Parameters
    ----------
    value : object
        What is kept.
    like : object
        A value of the same build, from which `unflatten` will know the classes; None where there
        is none.
    name : str
        The place of the value, for names of arrays and errors.
    arrays : dict
        Where arrays are put.

    Raises
    ------
    ParameterError
        If something has no such form.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic) or array_api_compat.is_array_api_obj(value):
        numbers = np.asarray(to_numpy(value))
        if numbers.dtype.kind not in "biufc":
            raise ParameterError(
                f"a checkpoint holds arrays of numbers, got {numbers.dtype} as {name}"
            )
        arrays[name] = numbers
        scalar, ours = isinstance(value, np.generic), isinstance(value, np.ndarray)
        return {"scalar" if scalar else "array" if ours else "device": name}
    if type(value) in (list, tuple):
        parts = [flatten(v, _at(like, i), f"{name}.{i}", arrays) for i, v in enumerate(value)]
        return parts if type(value) is list else {"tuple": parts}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {
            "dict": {k: flatten(v, _at(like, k), f"{name}.{k}", arrays) for k, v in value.items()}
        }
    inside = _fields(value)
    if inside is None or type(like) is not type(value):
        raise ParameterError(
            f"a checkpoint cannot hold {name}, {type(value).__name__}: it takes arrays, numbers, "
            "strings, lists, tuples and dicts, and of other classes what was there at the start"
        )
    within = _fields(like) or {}
    return {
        "fields": {k: flatten(v, within.get(k), f"{name}.{k}", arrays) for k, v in inside.items()}
    }


def unflatten(tree: Any, like: Any, arrays: Mapping[str, np.ndarray], x: Array) -> Any:
    """What `flatten` was given; arrays that were not NumPy's come to where ``x`` is."""
    if isinstance(tree, list):
        return [unflatten(part, _at(like, i), arrays, x) for i, part in enumerate(tree)]
    if not isinstance(tree, dict):
        return tree
    ((kind, inside),) = tree.items()
    if kind == "array":
        return arrays[inside]
    if kind == "device":
        return namespace(x).asarray(arrays[inside], device=array_api_compat.device(x))
    if kind == "scalar":
        return arrays[inside][()]
    if kind == "tuple":
        return tuple(unflatten(inside, like, arrays, x))
    if kind == "dict":
        return {name: unflatten(part, _at(like, name), arrays, x) for name, part in inside.items()}
    within = _fields(like)
    if kind != "fields" or within is None:
        raise TypeError(f"'{kind}' where there is {type(like).__name__}")
    found = {name: unflatten(part, within.get(name), arrays, x) for name, part in inside.items()}
    return _remade(like, found)


def built(value: Any) -> bool:
    """Whether a value is of a class whose parts have names: one that comes back as it was."""
    return _fields(value) is not None


def _at(like: Any, key: int | str) -> Any:
    """The part of ``like`` at a place, None if there is none such."""
    try:
        return like[key]
    except (TypeError, LookupError):
        return None


def _fields(value: Any) -> dict[str, Any] | None:
    """What makes up a NamedTuple, a dataclass or an object of attributes."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if callable(value) or isinstance(value, type):
        return None
    return dict(vars(value)) if hasattr(value, "__dict__") else None


def _remade(like: Any, found: dict[str, Any]) -> Any:
    """An object of the class of ``like``, with what was found."""
    if isinstance(like, tuple):
        return type(like)(**found)
    made = copy.copy(like)
    for name, value in found.items():
        object.__setattr__(made, name, value)  # frozen dataclasses too
    return made
