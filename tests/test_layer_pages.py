"""Every layer has a page with all parts, and the check that the page shows passes."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import inverse

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "layers"
COMPOSITION = {"Cache", "Chain", "Foreign", "Graph", "Join", "Layer", "Node"}
OLD = re.compile(r"^## (.+)$", re.MULTILINE)
TOPICS = "activations resizing shapes"
WAITING = {
    word
    for page in (PAGES / f"{topic}.md" for topic in TOPICS.split())
    if page.exists()
    for title in OLD.findall(page.read_text())
    for word in title.split()
}
LAYERS = sorted(set(inverse.layers.__all__) - COMPOSITION - WAITING)
PARTS = [
    "Formula",
    "Definition",
    "Code",
    "Backward",
    "Example",
    "Check",
    "Cost",
    "Kinks and conventions",
    "What it forgets",
]


def file_of(name: str) -> str:
    """The layer's file, without its ending."""
    return inspect.getmodule(getattr(inverse.layers, name)).__name__.rpartition(".")[2]


def page_of(name: str) -> Path:
    return PAGES / f"{file_of(name).replace('_', '-')}.md"


def sections(page: Path) -> dict[str, str]:
    """What is below each heading of the second level; and above the first, by the name ""."""
    text = re.sub(r"^## (.+)$", r"\0\1\0", page.read_text(), flags=re.MULTILINE)
    first, *rest = text.split("\0")
    return {"": first, **dict(zip(rest[::2], rest[1::2], strict=True))}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_has_a_page_with_all_parts(name: str) -> None:
    file, page = file_of(name), page_of(name)
    head, *parts = sections(page).items()
    assert head[1].startswith(f"# {name}\n")
    assert f"inverse/layers/{file}.py)" in head[1]
    assert [title for title, _ in parts] == PARTS
    part = dict(parts)
    assert "<!-- naive: " in part["Definition"] or name == "Identity"
    assert f"<!-- code: inverse/layers/{file}.py::{name}.forward, " in part["Code"]
    assert ">>> " in part["Example"]
    assert ".backward(" in part["Example"]
    check = f"```{{check}} {name}\npython docs/reference/check.py {name}\n```"
    assert part["Check"].strip() == check


@pytest.mark.parametrize("name", LAYERS)
def test_every_page_is_found(name: str) -> None:
    page = page_of(name)
    assert f"]({page.name})" in (PAGES / "README.md").read_text()
    assert f"\nlayers/{page.stem}\n" in (ROOT / "docs" / "index.md").read_text()


@pytest.mark.parametrize("name", sorted(COMPOSITION))
def test_what_layers_are_composed_with_is_described(name: str) -> None:
    titles = " ".join(sections(PAGES / "composition.md"))
    assert re.search(rf"\b{name}\b", titles)


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check", ROOT / "docs/reference/check.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LAYERS)
def test_the_check_of_a_page_passes(name: str, check: ModuleType) -> None:
    assert check.cases(name)
    assert len(check.table(name).splitlines()) == 2 + len(check.cases(name))
