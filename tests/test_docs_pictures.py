"""Every picture of the documentation is made by a committed command, and its pages say which."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RESULTS = DOCS / "results"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SHOWN = re.compile(r"!\[[^]]*\]\(([^)]+)\)")
KINDS = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"}
PICTURES = [p for p in sorted(DOCS.rglob("*")) if p.suffix in KINDS and "_build" not in p.parts]


def name(path):
    return str(path.relative_to(ROOT))


def scripts(picture):
    """The scripts below docs that name a picture; those beside it may leave out the ending."""
    return [
        path
        for path in DOCS.rglob("*.py")
        if f'"{picture.name}"' in path.read_text()
        or (path.parent == picture.parent and f'"{picture.stem}"' in path.read_text())
    ]


def reports(picture):
    """The pages of results that `inverse reproduce` made, with this picture."""
    pages = RESULTS.glob("*.md") if picture.parent == RESULTS else ()
    return [page for page in pages if shows(page, picture) and collected(page)]


def examples(picture):
    """The pages whose own examples, which the tests run, write the picture."""
    line = re.compile(rf'^(?:>>>|\.\.\.) .*"{re.escape(picture.name)}"', re.MULTILINE)
    return [page for page in PAGES if line.search(page.read_text()) and shows(page, picture)]


def collected(page):
    return "\nMade by `inverse reproduce " in page.read_text()


def shows(page, picture):
    links = SHOWN.findall(page.read_text())
    return any((page.parent / link).resolve() == picture for link in links if "://" not in link)


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_a_command_makes_it(picture):
    makers = scripts(picture) or reports(picture) or examples(picture)
    assert makers, f"no script below docs names {picture.name}, and no example writes it"


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_every_page_that_shows_it_says_what_made_it(picture):
    pages = [page for page in PAGES if shows(page, picture)]
    assert pages, f"no page shows {picture.name}"
    for page in pages:
        text = page.read_text()
        folders = {name(script.parent) for script in scripts(picture)}
        by_script = any(re.search(rf"`?python {folder}/\w+\.py", text) for folder in folders)
        by_report = any(page == one or f"/{one.name})" in text for one in reports(picture))
        # of results that the page's own code saves as a whole
        by_tutorial = "`python docs/tutorials/make_tutorials.py`" in text
        said = by_script or by_report or by_tutorial or page in examples(picture)
        assert said, f"{name(page)} does not say what made {picture.name}"
