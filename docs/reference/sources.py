"""Definitions as the pages quote them, word by word from the files of tests and package."""

from __future__ import annotations

import ast
import re
import textwrap

DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def definitions(path, names):
    """A block of Python with the definitions of these names in a file."""
    source = path.read_text()
    found = [definition(source, name) for name in re.split(r", (?![^[]*\])", names)]
    apart = "\n\n" if all(name[0].isupper() for name in names.split(", ")) else "\n\n\n"
    return "\n".join(("```python", apart.join(found), "```"))


def definition(source, name):
    """The source of a function, or of the definition of one number in a table of cases."""
    table, _, key = name.removesuffix("]").partition("[")
    for node in ast.parse(source).body:
        if key and isinstance(node, ast.Assign) and node.targets[0].id == table:
            for own, case in zip(node.value.keys, node.value.values, strict=True):
                if own.value == key:
                    return formula(source, *case.args[:2])
        elif isinstance(node, DEFINITIONS) and node.name == name.partition(".")[0]:
            return function(source, node, name.partition(".")[2])
    raise SystemExit(f"no definition of {name}")


def function(source, node, inner):
    """A function without its decorators, or the one of this name inside it or inside a class."""
    if inner:
        node = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == inner)
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def formula(source, layer, function):
    """``y = …`` for a number x, and the layer that it defines."""
    if isinstance(function, ast.Lambda):
        value = ast.get_source_segment(source, function.body)
    else:
        value = f"{ast.get_source_segment(source, function)}(x)"
    return f"y = {value}  # {ast.get_source_segment(source, layer)}"
