"""The fenced blocks of a page, and what is to be done with each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from executed.commands import is_command

FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>```+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)
MARKED = re.compile(r"^<!-- (?!end).*?-->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
BARE = re.compile(r"^ {4,}((?:\$ |(?:inverse|python|pip|pytest|until) ).*)", re.MULTILINE)

SHELL = ("sh", "console")
SHOWN = ("text", "json", "bibtex")
"""Languages of blocks that are nothing to execute."""


@dataclass(frozen=True)
class Block:
    """A fenced block: ``kind`` is doctest, python, shell, source, shown or unknown."""

    kind: str
    line: int
    body: str
    needs: tuple[str, ...] = ()
    """Modules without which it cannot run: further words after ``python``."""


def blocks(text):
    """The blocks of a page, in order."""
    marked = [match.span() for match in MARKED.finditer(text)]
    found = []
    for match in FENCE.finditer(text):
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        inside = any(start < match.start() < end for start, end in marked)
        line = text.count("\n", 0, match.start()) + 1
        language, *needs = match["info"].split() or [""]
        found.append(Block(kind_of(language, body, inside), line, body, tuple(needs)))
    return found


def kind_of(language, body, marked):
    """What is to be done with a block."""
    if language == "python" and ">>> " in body:
        return "doctest"
    if marked:
        return "source"
    if language.startswith("{") or language in SHOWN:
        return "shown"
    if language in SHELL:
        return "shell"
    return "python" if language == "python" else "unknown"


def commands_in(text):
    """The commands among what stands in backticks outside the blocks."""
    return [span for span in SPAN.findall(FENCE.sub("", text)) if is_command(span)]


def unfenced(text):
    """Commands that are indented instead of fenced: nothing would execute them."""
    return BARE.findall(FENCE.sub("", text))


def steps(body):
    """Commands of a shell block, each with the output that is shown under it, or None.

    In a ``console`` block commands begin with ``$``, and what follows is their output. ``&&``
    joins commands that are looked at one by one.
    """
    lines = body.replace("\\\n", " ").replace("&&\n", "&& ").splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    found = []
    for line in lines:
        if prompted and not line.startswith("$ "):
            command, shown = found[-1]
            found[-1] = (command, (shown or "") + line + "\n")
        elif line.strip() and not line.lstrip().startswith("#"):
            parts = line.removeprefix("$ ").split(" && ")
            found += [(part.strip(), None) for part in parts]
    return found
