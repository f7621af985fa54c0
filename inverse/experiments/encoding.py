"""A report as what JSON can hold, and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from inverse.errors import ParameterError
from inverse.experiments.document import (
    Column,
    Figure,
    Finding,
    Report,
    Spread,
    Table,
    Value,
)
from inverse.image import png

__all__ = ["FORMAT", "check_names", "decode", "encode", "picture"]

FORMAT = 1
"""The number of the form that is written here; another one cannot be read."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = 24
"""Bytes up to the end of a PNG's width and height."""

MOST_DIGITS = 20
"""Digits after the point that a column may ask for."""

T = TypeVar("T")


def picture(figure: Figure) -> bytes:
    """The PNG file of a figure.

    Raises
    ------
    ParameterError
        If the figure has the bytes of something else.
    """
    if not isinstance(figure.image, bytes):
        return png(figure.image)
    if not figure.image.startswith(SIGNATURE) or len(figure.image) < HEADER:
        raise ParameterError(
            f"Figure.image must be an array or the bytes of a PNG, got other bytes in {figure.name}"
        )
    return figure.image


def check_names(report: Report) -> None:
    """Tables and figures are files of their names: these must be plain, and differ."""
    for part in (report.tables, report.figures):
        taken: set[str] = set()
        for item in part:
            label = f"{type(item).__name__}.name"
            if not NAME.fullmatch(item.name):
                raise ParameterError(
                    f"{label} must be letters, digits, '.', '_' and '-', got {item.name!r}"
                )
            name = item.name.lower()  # some file systems do not tell A.csv from a.csv
            if name in taken or (name == "results" and isinstance(item, Table)):
                raise ParameterError(f"{label} must be a file of its own, got {item.name!r} again")
            taken.add(name)


def encode(report: Report) -> dict[str, Any]:
    """Everything but pixels; figures that are not finite become None."""
    return {
        "format": FORMAT,
        "name": report.name,
        "title": report.title,
        "summary": report.summary,
        "findings": [
            {"name": f.name, "sentence": f.sentence, "value": _plain(f.value)}
            for f in report.findings
        ],
        "tables": [_table(table) for table in report.tables],
        "figures": [
            {
                "name": f.name,
                "caption": f.caption,
                "alternative": f.alternative,
                "file": f"{f.name}.png",
            }
            for f in report.figures
        ],
        "settings": _plain(report.settings),
        "records": _plain(report.records),
    }


def decode(found: Any) -> Report:
    """The report that `encode` was given; its figures have no bytes.

    Raises
    ------
    ValueError, KeyError or TypeError
        If this is no report.
    """
    if _take(found, "format", int) != FORMAT:
        raise ValueError("another format")
    report = Report(
        _take(found, "name", str),
        _take(found, "title", str),
        _take(found, "summary", str),
        tuple(_read_table(table) for table in _take(found, "tables", list)),
        tuple(_read_figure(figure) for figure in _take(found, "figures", list)),
        tuple(
            Finding(_take(f, "name", str), _take(f, "sentence", str), _number(f["value"]))
            for f in _take(found, "findings", list)
        ),
        _take(found, "settings", dict),
        _take(found, "records", dict),
    )
    if not all(isinstance(record, dict) for record in report.records.values()):
        raise TypeError("a record is no object")
    check_names(report)
    return report


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Spread):
        return {"mean": _plain(value.mean), "std": _plain(value.std), "count": value.count}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "caption": table.caption,
        "columns": [{"name": c.name, "unit": c.unit, "digits": c.digits} for c in table.columns],
        "rows": _plain(table.rows),
        "best": [list(cell) for cell in sorted(table.best)],
    }


def _read_table(found: Any) -> Table:
    return Table(
        _take(found, "name", str),
        _take(found, "caption", str),
        tuple(
            Column(_take(c, "name", str), _take(c, "unit", str), _digits(c))
            for c in _take(found, "columns", list)
        ),
        tuple(tuple(map(_value, row)) for row in _take(found, "rows", list)),
        frozenset((int(row), int(column)) for row, column in _take(found, "best", list)),
    )


def _digits(found: Any) -> int:
    digits = _take(found, "digits", int)
    if not 0 <= digits <= MOST_DIGITS:
        raise ValueError(f"digits must be from 0 to {MOST_DIGITS}, got {digits}")
    return digits


def _read_figure(found: Any) -> Figure:
    name, caption, alternative = (_take(found, k, str) for k in ("name", "caption", "alternative"))
    return Figure(name, caption, alternative, b"")


def _value(found: Any) -> Value:
    if isinstance(found, dict):
        std = found["std"]
        return Spread(
            _number(found["mean"]), None if std is None else _number(std), int(found["count"])
        )
    if found is None or isinstance(found, str | int | float):
        return found
    raise TypeError(f"no value of a table: {found}")


def _number(found: Any) -> float:
    """A figure; None was one that is not finite."""
    return math.nan if found is None else float(found)


def _take(found: Any, name: str, kind: type[T]) -> T:
    value = found[name]
    if not isinstance(value, kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return value
