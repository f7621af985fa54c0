"""The pictures of the tutorials and the notebook are what the code of the pages makes."""

import json
import re

import pytest

from tests.test_docs import ROOT, load

FOLDER = ROOT / "docs" / "tutorials"
make_tutorials = load(FOLDER / "make_tutorials.py")


@pytest.mark.parametrize("page", make_tutorials.PAGES, ids=lambda page: page.stem)
def test_pictures(page):
    assert list(make_tutorials.wrong_pictures(page)) == []


def test_every_picture_is_shown_by_its_page():
    shown = {FOLDER / folder / name for page in make_tutorials.PAGES
             for folder, name in make_tutorials.SHOWN.findall(page.read_text())}  # fmt: skip
    assert shown == set(FOLDER.rglob("*.png"))


def test_the_notebook_runs_and_has_the_outputs_that_it_shows(tmp_path, monkeypatch):
    """Its own cells, in order, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    text = make_tutorials.NOTEBOOK.read_text()
    cells = json.loads(text)["cells"]
    written = make_tutorials.notebook.written(list(make_tutorials.notebook.executed(cells)))
    without_pictures = make_tutorials.notebook.without_pictures
    assert without_pictures(written) == without_pictures(text)
    assert len(re.findall('"image/png"', text)) == 2


def test_a_notebook_that_was_edited_is_noticed(tmp_path, monkeypatch):
    assert list(make_tutorials.wrong_notebook()) == []
    edited = tmp_path / "first-inversion.ipynb"
    edited.write_text(make_tutorials.NOTEBOOK.read_text().replace("rng=0", "rng=3"))
    page = make_tutorials.NOTEBOOK.with_suffix(".md")
    (tmp_path / page.name).write_text(page.read_text())
    monkeypatch.setattr(make_tutorials, "NOTEBOOK", edited)
    assert list(make_tutorials.wrong_notebook()) == [
        "first-inversion.ipynb is not what its page makes"
    ]
