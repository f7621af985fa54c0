"""What an experiment has to say, as data: tables, figures and findings, before any file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inverse.errors import ParameterError

__all__ = ["Column", "Figure", "Finding", "Report", "Spread", "Table", "Value", "spread"]


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n − 1; None of a single figure) of ``count`` figures."""

    mean: float
    std: float | None
    count: int


Value = float | int | str | Spread | None
"""What a cell holds; None is an empty one."""


def spread(values: Sequence[float]) -> Spread:
    """The mean and the standard deviation of some figures, at least one.

    Examples
    --------
    >>> spread([1.0, 2.0, 3.0])
    Spread(mean=2.0, std=1.0, count=3)
    """
    if not values:
        raise ParameterError("spread takes at least one figure, got none")
    array = np.asarray(values, dtype=np.float64)
    std = float(array.std(ddof=1)) if array.size > 1 else None
    return Spread(float(array.mean()), std, array.size)


@dataclass(frozen=True)
class Column:
    """A column: its head, its unit ("%", "px", "") and how many decimals its numbers have."""

    name: str
    unit: str = ""
    digits: int = 1


@dataclass(frozen=True)
class Table:
    """A table; every row has a value for each column, the first column names the row.

    ``best`` are cells (row, column) that the reader should see first, printed bold.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    best: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ParameterError(
                    f"every row of table {self.name} must have {len(self.columns)} values, "
                    f"got {len(row)}: {row}"
                )


@dataclass(frozen=True)
class Figure:
    """A picture with its caption, and in words what it shows, for whom cannot see it.

    ``image`` is an array (H, W) or (H, W, 3) of values 0–1, or the bytes of a PNG.
    """

    name: str
    caption: str
    alternative: str
    image: np.ndarray | bytes


@dataclass(frozen=True)
class Finding:
    """A measured statement: a sentence that contains the figure, and the figure itself."""

    name: str
    sentence: str
    value: float


@dataclass(frozen=True)
class Report:
    """The outcome of an experiment.

    ``settings`` are what the figures depend on (images, presets, seeds, versions), ``records`` the
    figures of every unit of work by its name; both ready for JSON and free of times, so that the
    same work gives the same report.
    """

    name: str
    title: str
    summary: str
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
