"""What an experiment is: units of work, how one is done, and what all of them say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inverse import models
from inverse.errors import InputError, ParameterError
from inverse.experiments.document import Report
from inverse.experiments.unit import Outcome, Unit
from inverse.image import read_image

__all__ = ["Experiment", "Outcomes", "Setting", "spread_evenly"]

SUFFIXES = (".jpg", ".jpeg", ".png")

Outcomes = Mapping[str, Outcome]
"""The outcome of every unit, by its name."""


@dataclass(frozen=True)
class Setting:
    """What an experiment is run on.

    Parameters
    ----------
    images : sequence of path
        The pictures, in the order of their names.
    models : sequence of str
        The networks that are there: "small" always, others when they were fetched.
    """

    images: tuple[Path, ...]
    models: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, limit: int | None = None) -> Setting:
        """The pictures of a folder; with a limit so many of them, evenly spread over the names."""
        if limit is not None and limit < 1:
            raise ParameterError(f"limit must be at least 1, got {limit}")
        if not folder.is_dir():
            raise InputError(f"images must be a folder of pictures, no folder '{folder}' found")
        every = sorted(
            p
            for p in folder.iterdir()
            if p.suffix.lower() in SUFFIXES and p.is_file() and not p.name.startswith(".")
        )
        if not every:
            raise InputError(f"no picture ({', '.join(SUFFIXES)}) in '{folder}'")
        there = tuple(row.name for row in models.table() if row.fetched)
        return cls(tuple(spread_evenly(every, limit or len(every))), there)

    @property
    def first(self) -> Path:
        """The picture of experiments that show a single one."""
        return self.images[0]

    def check(self) -> None:
        """Read every picture: one that cannot be read is better known before the work than in it.

        Raises
        ------
        InputError
            If a picture cannot be read, or is all of one color, which has no code to invert.
        """
        for path in self.images:
            image = read_image(path)
            if float(image.max()) == float(image.min()):
                raise InputError(f"the pictures must show something, '{path}' is all of one value")

    def having(self, names: Iterable[str]) -> list[str]:
        """Those of the networks that are there."""
        return [name for name in names if name in self.models]

    def some(self, count: int) -> tuple[Path, ...]:
        """At most ``count`` pictures, evenly spread."""
        return tuple(spread_evenly(self.images, count))


def spread_evenly(items: Sequence[Path], count: int) -> list[Path]:
    """At most ``count`` of the items, evenly spread, the first among them."""
    if count >= len(items):
        return list(items)
    return [items[i * len(items) // count] for i in range(count)]


@dataclass(frozen=True)
class Experiment:
    """One table or figure.

    Parameters
    ----------
    name, title : str
        ``table1``, and what it shows.
    units : function of a Setting
        The work, in pieces.
    run : function of a Unit
        Does one piece; a function of a module, so that other processes find it.
    report : function of a Setting and the outcomes
        What they say, all in all.
    networks : sequence of str
        Those that it is about; what was not fetched is left out.
    """

    name: str
    title: str
    units: Callable[[Setting], list[Unit]]
    run: Callable[[Unit], Outcome]
    report: Callable[[Setting, Outcomes], Report]
    networks: tuple[str, ...] = ("small",)

    def absent(self, setting: Setting) -> list[str]:
        """One line for each network that is left out."""
        return [
            f"{self.name}: {name} is left out: `inverse models fetch {name}` gets it"
            for name in self.networks
            if name not in setting.models
        ]
