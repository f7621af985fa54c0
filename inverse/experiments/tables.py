"""A table as text: Markdown, LaTeX and comma-separated values."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

from inverse.experiments.document import Column, Spread, Table, Value
from inverse.experiments.latex import escaped

__all__ = ["comma_separated", "head", "latex", "markdown", "numeric", "text", "values"]


def text(value: Value, digits: int = 1) -> str:
    """A value as readers see it; what is not finite is as empty as None.

    Examples
    --------
    >>> text(Spread(28.104, 7.91, 100)), text(-0.62, 2), text(None)
    ('28.1 ± 7.9', '−0.62', '')
    """
    if isinstance(value, Spread):
        mean, std = text(value.mean, digits), text(value.std, digits)
        return f"{mean} ± {std}" if mean and std else mean
    if value is None or isinstance(value, str):
        return value or ""
    if not math.isfinite(value):
        return ""
    written = str(value) if isinstance(value, int) else f"{value:z.{digits}f}"
    return written.replace("-", "−")


def head(column: Column) -> str:
    """A column's name, and its unit in parentheses."""
    return f"{column.name} ({column.unit})" if column.unit else column.name


def numeric(table: Table, column: int) -> bool:
    """Whether a column has numbers, which stand flush right."""
    return any(isinstance(row[column], int | float | Spread) for row in table.rows)


def markdown(table: Table) -> str:
    """A table of GitHub's Markdown, with its caption above."""
    lines = [[_markdown(head(column)) for column in table.columns]]
    lines.append(["--:" if numeric(table, j) else ":--" for j in range(len(table.columns))])
    for i, row in enumerate(_texts(table)):
        cells = [_markdown(cell) for cell in row]
        lines.append([f"**{c}**" if (i, j) in table.best and c else c for j, c in enumerate(cells)])
    rows = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{_markdown(table.caption)}\n\n{rows}"


def latex(table: Table) -> str:
    """A table of LaTeX with the rules of the package booktabs, and a label ``tab:<name>``."""
    form = "".join("r" if numeric(table, j) else "l" for j in range(len(table.columns)))
    rows = [
        [
            rf"\textbf{{{escaped(cell)}}}" if (i, j) in table.best and cell else escaped(cell)
            for j, cell in enumerate(row)
        ]
        for i, row in enumerate(_texts(table))
    ]
    heads = [escaped(head(column)) for column in table.columns]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escaped(table.caption)}}}",
            rf"\label{{tab:{table.name}}}",
            rf"\begin{{tabular}}{{{form}}}",
            r"\toprule",
            _line(heads),
            r"\midrule",
            *(_line(row) for row in rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def comma_separated(table: Table) -> str:
    """A table as CSV in full precision; a column of spreads becomes one of means and one of std."""
    spreads = [
        any(isinstance(row[j], Spread) for row in table.rows) for j in range(len(table.columns))
    ]
    heads: list[str] = []
    for column, two in zip(table.columns, spreads, strict=True):
        parts = ("mean", "std") if two else ("",)
        heads += [
            head(Column(f"{column.name} {part}".rstrip(), column.unit, column.digits))
            for part in parts
        ]
    rows: list[list[Value]] = []
    for row in table.rows:
        cells: list[Value] = []
        for value, two in zip(row, spreads, strict=True):
            if isinstance(value, Spread):
                cells += [value.mean, value.std]
            else:
                cells += [value, None] if two else [value]
        rows.append(cells)
    return values([heads, *rows])


def values(rows: Iterable[Sequence[Value]]) -> str:
    """Rows as CSV: numbers in as many digits as tell them apart, nothing for None and NaN."""
    found = io.StringIO()
    writer = csv.writer(found, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if isinstance(v, float) and not math.isfinite(v) else v for v in row])
    return found.getvalue()


def _texts(table: Table) -> list[list[str]]:
    digits = [column.digits for column in table.columns]
    return [[text(v, d) for v, d in zip(row, digits, strict=True)] for row in table.rows]


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _markdown(words: str) -> str:
    """Words on one line, with what Markdown would take as a mark escaped."""
    return re.sub(r"([\\|*_`<>\[\]~#&])", r"\\\1", " ".join(words.split()))
