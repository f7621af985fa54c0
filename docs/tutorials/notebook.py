"""A page as a Jupyter notebook: its text, its doctests as cells, and what they give."""

from __future__ import annotations

import ast
import base64
import doctest
import json
import re
from contextlib import redirect_stdout
from io import StringIO

BLOCK = re.compile(r"^```python\n(?P<code>>>> .*?)^```$|^!\[[^]]*\]\((?P<picture>\S+)\)$",
                   re.MULTILINE | re.DOTALL)  # fmt: skip
DIRECTIVE = re.compile(r" *# doctest: .*")


def cells(text):
    """The page cut into cells; a doctest ends a cell where something is printed.

    A picture of the page becomes a cell that shows the file which the code before it wrote.
    """
    found, last = [], 0
    for match in BLOCK.finditer(text):
        found.append(markdown(text[last : match.start()]))
        last = match.end()
        if match["picture"]:
            name = match["picture"].partition("/")[2]
            found.append(code(f'from PIL import Image\n\nImage.open("{name}")'))
        else:
            found += [code(source) for source in sources(match["code"])]
    found.append(markdown(text[last:]))
    return [cell for cell in found if cell["source"]]


def sources(block):
    """What a block of doctests has to be typed as, cell by cell."""
    source = ""
    for example in doctest.DocTestParser().get_examples(block):
        source += DIRECTIVE.sub("", example.source)
        if example.want:
            yield source.strip()
            source = ""
    if source:
        yield source.strip()


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": lines(text)}


def code(source):
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
            "source": lines(source)}  # fmt: skip


def lines(text):
    return text.strip().splitlines(keepends=True)


def executed(found):
    """The cells with their outputs, executed in order in the current folder."""
    names, count = {}, 0
    for i, cell in enumerate(found):
        cell = {**cell, "id": f"cell-{i}"}
        if cell["cell_type"] == "code":
            count += 1
            outputs = outputs_of("".join(cell["source"]), names, count)
            cell |= {"execution_count": count, "outputs": outputs}
        yield cell


def outputs_of(source, names, count):
    """What a cell prints, and the value of its last line, if it has one."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(StringIO()) as printed:
        exec(compile(tree, "cell", "exec"), names)
        value = last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    outputs = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream",
                        "text": lines(printed.getvalue())})  # fmt: skip
    if value is not None:
        outputs.append({"data": shown(value), "execution_count": count, "metadata": {},
                        "output_type": "execute_result"})  # fmt: skip
    return outputs


def shown(value):
    """A picture as such, all else as Python writes it."""
    if hasattr(value, "_repr_png_"):
        return {"image/png": base64.b64encode(value._repr_png_()).decode()}
    return {"text/plain": lines(repr(value))}


def written(found):
    """The text of the notebook's file."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": found, "metadata": {"kernelspec": kernel,
             "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def without_pictures(text):
    """A notebook but for the pixels of its pictures, which may differ in their last bits."""
    return re.sub(r'"image/png": "[^"]*"', '"image/png": ""', text)
