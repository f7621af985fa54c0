"""Fill the marked places of the pages from the code: ``python docs/make_pages.py [--check]``.

A marked place begins with a comment that says what belongs there, and ends with ``<!-- end -->``:

    <!-- naive: tests/layers/test_clamp.py::naive_clamp -->             functions, by ", "
    <!-- naive: tests/layers/test_rearranging.py::expands.naive -->     a function inside another
    <!-- naive: tests/layers/test_elementwise.py::CASES[relu] -->       a function of one number
    <!-- code: inverse/layers/relu.py::ReLU.forward, ReLU.backward -->  functions and methods
    <!-- operators -->                                                  the ONNX operators
    <!-- folded -->                                                     those computed at import
    <!-- performance: cases -->                                         what benchmarks measured
    <!-- commands -->                                                   help of the command line
    <!-- gallery -->                                                    the broken gradients
    <!-- equations -->                                                  where each is computed
    <!-- equation: loss -->                                             the same of one equation
    <!-- balance -->                                                    the paper's rule for λ
    <!-- result: fig2: table 1 -->                                      what a result's page has
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "results"))
sys.path.insert(0, str(Path(__file__).parent / "reference"))

from balance import balance
from broken_gradients import gallery
from command_line import commands
from equations import equations, place
from performance import performance
from quotes import quote
from sources import definitions

from inverse import layers
from inverse.onnx import OPERATORS, operators
from inverse.onnx.folding import FOLDED

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACE = re.compile(
    r"<!-- ((?:naive|code): (\S+)::(.+?)|operators|folded|commands|equations|performance: (\w+)|"
    r"balance|gallery|equation: (\S+)|result: (\w+): (.+?)) -->\n"
    r".*?<!-- end -->",
    re.DOTALL,
)
WHOLE = {"balance": balance, "commands": commands, "equations": equations, "gallery": gallery}


def filled(text):
    """The text of a page, its marked places filled anew."""

    def content_of(match):
        if match[2]:
            content = definitions(ROOT / match[2], match[3])
        elif match[4]:
            content = performance(match[4])
        elif match[5]:
            content = place(match[5])
        elif match[6]:
            content = quote(match[6], match[7])
        elif match[1] in WHOLE:
            content = WHOLE[match[1]]()
        else:
            content = table() if match[1] == "operators" else quoted(sorted(FOLDED))
        return f"<!-- {match[1]} -->\n{content}\n<!-- end -->"

    return PLACE.sub(content_of, text)


def table():
    """A table for each family of operators, with a row for each translator."""
    parts = []
    for family in operators.__all__:
        module = getattr(operators, family)
        rows = {}
        for name, translate in OPERATORS.items():
            if translate.__module__ == module.__name__:
                rows.setdefault(translate, []).append(name)
        lines = [f"| {quoted(names)} | {layers_of(f, names)} | {refused(f)} |"
                 for f, names in rows.items()]  # fmt: skip
        head = ["| operator | layers | refused |", "|---|---|---|"]
        parts.append("\n".join((f"### {family.capitalize()}", "", *head, *lines)))
    return "\n\n".join(parts)


def quoted(names):
    return ", ".join(f"`{name}`" for name in names)


def layers_of(translate, names):
    """The layers that a translator makes; of a table of layers those of these operators."""
    found = []
    for function, tree in functions_of(translate):
        known = vars(inspect.getmodule(function))
        for node in ast.walk(tree):
            value = known.get(node.id) if isinstance(node, ast.Name) else None
            made = [value.get(name) for name in names] if isinstance(value, dict) else [value]
            found += [layer.__name__ for layer in made if is_layer(layer)]
    return ", ".join(dict.fromkeys(found)) or "none"


def functions_of(translate):
    """A translator and all functions of the importer that it uses, each with its syntax tree."""
    seen, waiting = {translate}, [translate]
    while waiting:
        function = waiting.pop(0)
        tree = ast.parse(inspect.getsource(function))
        yield function, tree
        known = vars(inspect.getmodule(function))
        for node in ast.walk(tree):
            value = known.get(node.id) if isinstance(node, ast.Name) else None
            if inspect.isfunction(value) and value not in seen:
                seen.add(value)
                waiting.append(value)


def is_layer(value):
    concrete = isinstance(value, type) and issubclass(value, (layers.Layer, layers.Join))
    return concrete and value not in (layers.Layer, layers.Join, layers.Chain)


def refused(translate):
    """What a translator refuses, by its docstring."""
    text = inspect.getdoc(translate) or ""
    found = re.search(r"Refused: (.+?)\.?(?:\n\n|$)", text, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def main(check):
    """Fill all pages; or, to check, only name those that are out of date."""
    old = [page for page in PAGES if filled(page.read_text()) != page.read_text()]
    for page in old:
        if check:
            print(f"{page.relative_to(ROOT)} is out of date: run python docs/make_pages.py")
        else:
            page.write_text(filled(page.read_text()))
    return int(check and bool(old))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
