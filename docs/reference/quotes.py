"""What the story quotes of the results: tables, rows of them, and findings, never by hand.

    table 2                               the second table of the page
    table 1, rows conv1; pool5            of its rows those that begin so
    table 1, columns layer; relative error (%)
    finding 1                             the first of the page's findings

A column or row that a result no longer has is an error, not an empty cell.
"""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
FINDING = re.compile(r"^- (.+)$", re.MULTILINE)
REQUEST = re.compile(r"(table|finding) (\d+)(?:, rows (.+?))?(?:, columns (.+))?")


def quote(name, request):
    """A part of the page of a result, as this says which."""
    kind, which, rows, columns = REQUEST.fullmatch(request).groups()
    found = (TABLE if kind == "table" else FINDING).findall((RESULTS / f"{name}.md").read_text())
    if int(which) > len(found):
        raise SystemExit(f"results/{name}.md has {len(found)} of: {kind}")
    one = found[int(which) - 1]
    if kind == "finding":
        return f"> {one} ([{name}](../results/{name}.md))"
    table = [cells(line) for line in one.splitlines()]
    if rows:
        table = [*table[:2], *(selected(table[2:], row) for row in rows.split("; "))]
    if columns:
        kept = [column(table[0], title) for title in columns.split("; ")]
        table = [[row[i] for i in kept] for row in table]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def cells(line):
    """The cells of a row; a bar after a backslash is part of a cell."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def selected(table, first):
    """The row that begins with this cell."""
    for row in table:
        if row[0] == first:
            return row
    raise SystemExit(f"no row of the table begins with: {first}")


def column(head, title):
    """The index of a column."""
    if title not in head:
        raise SystemExit(f"the table has no column {title}, it has {'; '.join(head)}")
    return head.index(title)
