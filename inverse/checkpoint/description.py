"""What a run is, in words and hashes: whether a checkpoint is one of it, and if not, why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import array_api_compat
import numpy as np

from inverse.arrays import Array, Shape, to_numpy
from inverse.errors import InputError
from inverse.layers import Graph
from inverse.optimize import Callback, stateful
from inverse.presets import Preset
from inverse.representations import Representation

__all__ = ["describe", "difference", "run"]

SHOWN = 3
"""How many differences are told."""

LONGEST = 100
"""Characters of a value that are shown."""


def run(
    phi: Representation,
    preset: Preset,
    target: Array,
    mask: Array | None,
    loss: Any,
    restarts: int,
    shape: Shape,
    rng: np.random.Generator | int,
    snapshots: int | None,
    callbacks: Sequence[Callback],
    files: Mapping[str, str | PathLike[str]],
) -> dict[str, str]:
    """All that decides about the numbers of a run, name by name.

    Not in it, as they change no bit of a run: the memory it may take, its number of processes, how
    often it is kept, what the errors are divided by. Objects of classes that are no dataclasses are
    known by their class alone, and callbacks by theirs.
    """
    found = {f"{name} file": _file(path) for name, path in files.items()}
    found |= {
        "representation": phi.name,
        "mean": describe(phi.mean),
        "sigma": describe(phi.sigma),
        "image shape": describe(shape),
        "restarts": describe(restarts),
    }
    found |= {f"preset.{f.name}": describe(getattr(preset, f.name)) for f in fields(preset)}
    found |= {
        "loss": describe(loss),
        "mask": describe(mask),
        "rng": describe(rng),
        "snapshots": describe(snapshots),
        "callbacks with a state": describe([type(c).__name__ for c in stateful(callbacks)]),
    }
    found |= {f"layer {name}": describe(layer) for name, layer in phi}
    if isinstance(phi.layer, Graph):
        found["graph"] = describe({name: node.inputs for name, node in phi.layer.nodes.items()})
    found["target code"] = describe(target)
    found["version of inverse"] = version("inverse")
    return found


def describe(value: Any) -> str:
    """A text that is the same for equal values, in every process; of arrays their SHA-256."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, np.random.Generator):
        state = json.dumps(value.bit_generator.state, default=describe)
        return f"a Generator in state {hashlib.sha256(state.encode()).hexdigest()[:12]}"
    if array_api_compat.is_array_api_obj(value):
        numbers = np.ascontiguousarray(to_numpy(value))
        digest = hashlib.sha256(numbers.reshape(-1).view(np.uint8).data).hexdigest()
        return f"{numbers.dtype}{tuple(value.shape)} {digest[:12]}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(describe(part) for part in value) + ")"
    if is_dataclass(value) and not isinstance(value, type):
        inside = ", ".join(f"{f.name}={describe(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({inside})"
    return str(getattr(value, "__qualname__", type(value).__qualname__))


def difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """One clause on what two runs differ in; empty if they are the same."""
    names = [name for name in {**here, **there} if there.get(name) != here.get(name)]
    shown = []
    for name in names[:SHOWN]:
        a, b = _around(there.get(name, "absent"), here.get(name, "absent"))
        shown.append(f"{name} is {a} there and {b} here")
    if len(names) > SHOWN:
        shown.append(f"and {len(names) - SHOWN} more")
    return ", ".join(shown)


def _around(a: str, b: str) -> tuple[str, str]:
    """Two texts, both cut to where they differ if one is long."""
    if max(len(a), len(b)) <= LONGEST:
        return a, b
    same = next((i for i, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), 0)
    start = max(0, same - LONGEST // 3)
    cut = slice(start, start + LONGEST)
    lead = "…" if start else ""
    return tuple(lead + v[cut] + ("…" if len(v) > cut.stop else "") for v in (a, b))  # type: ignore[return-value]


def _file(path: str | PathLike[str]) -> str:
    try:
        with Path(path).open("rb") as file:
            return f"of SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from None
