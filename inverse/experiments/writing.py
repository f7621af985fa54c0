"""The files of a report: JSON, CSV, Markdown, LaTeX, PNG and HTML; the same for the same report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from inverse.errors import InputError, InverseError
from inverse.experiments.document import Report, Value
from inverse.experiments.encoding import FORMAT, check_names, decode, encode, picture
from inverse.experiments.page import page
from inverse.experiments.tables import comma_separated, latex, markdown, values
from inverse.image import write_bytes

__all__ = ["RESULTS", "TITLE", "read", "write", "write_page"]

RESULTS = "results.json"
TITLE = "Images behind image representations: tables and figures"


def write(report: Report, folder: Path) -> None:
    """Write the files of a report.

    ``results.json`` has everything but pixels and is written last, so that it stands for the whole;
    ``results.csv`` has a row for each unit of work; each table is a ``.csv`` of its name, and all
    are in ``tables.md`` and ``tables.tex``; each figure is a ``.png`` of its name; ``index.html``
    is the page. What JSON cannot say, NaN and infinity, is null there and empty elsewhere.

    Raises
    ------
    ParameterError
        If the name of a table or figure cannot be that of a file, or comes twice.
    """
    check_names(report)
    files = {f"{figure.name}.png": picture(figure) for figure in report.figures}
    texts = {f"{table.name}.csv": comma_separated(table) for table in report.tables}
    texts["results.csv"] = _records(report)
    texts["tables.md"] = "\n".join(map(markdown, report.tables))
    texts["tables.tex"] = "\n".join(map(latex, report.tables))
    texts["index.html"] = page([report], report.title)
    content = encode(report)
    texts[RESULTS] = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, data in (files | {k: _encoded(v) for k, v in texts.items()}).items():
        write_bytes(folder / name, data)


def write_page(reports: Sequence[Report], path: Path, title: str = TITLE) -> None:
    """Write one page over several reports."""
    write_bytes(path, _encoded(page(reports, title)))


def read(folder: Path) -> Report:
    """The report that `write` wrote; its figures are the bytes of PNG files.

    Raises
    ------
    InputError
        If ``results.json`` or a figure is not there, or damaged.
    """
    path = folder / RESULTS
    try:
        found = json.loads(path.read_bytes(), parse_constant=_refuse)
        if isinstance(found, dict) and found.get("format") not in (None, FORMAT):
            raise InputError(f"'{path}' must be of format {FORMAT}, got {found['format']!r}")
        report = decode(found)
    except FileNotFoundError:
        raise InputError(f"no report in '{folder}': it has no {RESULTS}") from None
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from None
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(f"'{path}' is damaged: it is not what a report is written as") from None
    figures = tuple(replace(f, image=_pixels(folder / f"{f.name}.png")) for f in report.figures)
    for figure in figures:
        try:
            picture(figure)
        except InverseError:
            raise InputError(f"'{folder / figure.name}.png' is damaged: it is no PNG") from None
    return replace(report, figures=figures)


def _encoded(content: str) -> bytes:
    """UTF-8; a byte of a file's name that is none is escaped as JSON does it."""
    return content.encode("utf-8", "backslashreplace")


def _pixels(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the figure '{path}': {error.strerror}") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _records(report: Report) -> str:
    """The figures of every unit: a column for each number, empty where a unit has none."""
    rows = {name: dict(_flat(record)) for name, record in report.records.items()}
    heads = list(dict.fromkeys(head for row in rows.values() for head in row))
    return values(
        [["unit", *heads], *([name, *(row.get(h) for h in heads)] for name, row in rows.items())]
    )


def _flat(found: Any, prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Leaves of nested objects and arrays, with the path to each: ``arguments.seed``."""
    if isinstance(found, dict):
        items = list(found.items())
    elif isinstance(found, list | tuple):
        items = list(enumerate(found))
    else:
        yield prefix, found
        return
    for name, item in items:
        yield from _flat(item, f"{prefix}.{name}" if prefix else str(name))
