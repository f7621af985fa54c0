"""Docstrings as the site shows them: indented formulas line by line, bars as they stand.

A formula of a docstring is a paragraph that is indented and stands alone, which reads well in an
editor. To reStructuredText that is a quotation, whose lines it would join; and |x| it would take
for the name of something to put there.
"""

from __future__ import annotations

import re

INDENT = 4
OPEN_ENDED = {"Parameters", "Attributes", "Returns", "Raises"}
"""Sections whose entries have indented paragraphs that are no formulas."""


def literal_formulas(app, what, name, obj, options, lines):
    """Rewrite the lines of a docstring in place (Sphinx's event autodoc-process-docstring)."""
    del app, what, name, obj, options
    found, section, inside = [], "", False
    for i, line in enumerate(lines):
        if i + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[i + 1].strip()):
            section = line.strip()
        indented = line.startswith(" " * INDENT)
        after_blank = i > 0 and not lines[i - 1].strip()
        if indented and after_blank and not inside and section not in OPEN_ENDED:
            found += ["::", ""]
            inside = True
        elif line.strip() and not indented:
            inside = False
        doctest = line.lstrip().startswith((">>>", "...")) or section == "Examples"
        found.append(line if inside or doctest else escaped(line))
    lines[:] = found


def escaped(line):
    """The line, its bars outside of quoted code made literal."""
    parts = re.split(r"(``.*?``|`.*?`)", line)
    return "".join(p if i % 2 else p.replace("|", r"\|") for i, p in enumerate(parts))
