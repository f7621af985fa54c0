"""One self-contained page over reports: pictures inside, nothing fetched, nothing run."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from inverse.experiments.document import Figure, Finding, Report
from inverse.experiments.encoding import picture
from inverse.experiments.latex import SUBSCRIPT
from inverse.experiments.tables import numeric, text

__all__ = ["page"]

DIGITS = range(6, -1, -1)


class Picture(NamedTuple):
    """A PNG in text, and its size in pixels, so that the page does not jump while it loads."""

    data: str
    width: int
    height: int


def page(reports: Sequence[Report], title: str) -> str:
    """An HTML page: a list of contents if there are several reports, then one after the other.

    Tables and pictures wider than the window scroll in a box of their own.
    """
    return _template().render(
        title=title, sections=list(zip(_anchors(reports), reports, strict=True))
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("inverse", "data/report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "cell": text, "marked": _marked, "picture": _picture, "typeset": _typeset,
    }  # fmt: skip
    environment.tests["numeric"] = numeric
    return environment.get_template("page.html.jinja")


def _anchors(reports: Sequence[Report]) -> list[str]:
    """What links to each report: its name, numbered from the second report of this name on."""
    found: list[str] = []
    for report in reports:
        name = anchor = re.sub(r"[^\w.-]+", "-", report.name) or "report"
        count = 1
        while anchor in found:
            count += 1
            anchor = f"{name}-{count}"
        found.append(anchor)
    return found


def _picture(figure: Figure) -> Picture:
    data = picture(figure)
    width, height = struct.unpack(">II", data[16:24])  # the first fields of a PNG's first chunk
    return Picture(base64.b64encode(data).decode(), width, height)


def _typeset(words: str) -> Markup:
    """Words with λ_V written as λ with a subscript, apostrophes, and percent signs kept to 5 %."""
    words = re.sub(r"(?<=\w)'", "’", words).replace(" %", "\N{NO-BREAK SPACE}%")
    return Markup(SUBSCRIPT.sub(r"\1<sub>\2</sub>", str(escape(words))))


def _marked(finding: Finding) -> Markup:
    """The sentence of a finding, with its figure marked: as many digits of it as are found."""
    for digits in DIGITS:
        written = re.escape(f"{finding.value:z.{digits}f}").replace(r"\-", "[-−]")
        parts = re.split(rf"(?<![\w.,])({written})(?![.,]?\w)", finding.sentence, maxsplit=1)
        if len(parts) == 3:
            before, figure, after = parts
            mark = Markup('<data value="{}">{}</data>').format(repr(float(finding.value)), figure)
            return _typeset(before) + mark + _typeset(after)
    return _typeset(finding.sentence)
