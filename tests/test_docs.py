"""Every link of README and docs leads somewhere, and every figure has its maker."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(page):
    """Anchors of a page's headings, as they are made from the titles."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {link}"


def test_every_layer_is_linked_or_shown_in_the_docs():
    text = (ROOT / "docs" / "shallow.md").read_text()
    for file in (ROOT / "inverse" / "layers").glob("*.py"):
        if file.stem not in ("__init__", "base", "bins", "chain", "faults", "foreign", "separable"):
            assert f"layers/{file.name})" in text, file.name


def test_every_figure_is_made_by_the_script():
    script = (ROOT / "docs" / "figures" / "make.py").read_text()
    for figure in (ROOT / "docs" / "figures").glob("*.png"):
        assert f'"{figure.name}"' in script
