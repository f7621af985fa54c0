"""Links of README and docs lead somewhere; what is made from the code is there, and up to date."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from inverse.onnx import OPERATORS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)


def load(path):
    """A script of the docs as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_pages = load(ROOT / "docs" / "make_pages.py")


def anchors(page):
    """Anchors of a page's headings, as they are made from the titles."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page):
    for link in re.findall(r"\]\(([^)]+)\)", FENCED.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if line := re.fullmatch(r"L(\d+)", anchor):
            assert 1 <= int(line[1]) <= len(target.read_text().splitlines()), link
        elif anchor:
            assert anchor in anchors(target), f"{page.name} links to {link}"


def test_marked_places_hold_what_the_code_says(capsys):
    assert make_pages.main(check=True) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_an_operator_refuses_is_said(name):
    raises = [
        node
        for _, tree in make_pages.functions_of(OPERATORS[name])
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
    ]
    assert not raises or make_pages.refused(OPERATORS[name]), name
