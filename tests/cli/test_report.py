"""`inverse report`, run as users run it."""

from pathlib import Path

import pytest

from inverse.cli import main
from inverse.experiments.writing import TITLE, write
from tests.cli.running import files, refused
from tests.experiments.reports import report


def written(*names):
    for name in names:
        write(report(name, f"The title of {name}"), Path("out") / name)


def test_a_page_over_all_that_is_below_a_folder(capsys):
    written("fig10", "fig2", "deep/er")
    before = files(Path("out"))
    assert main(["report", "out"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{Path('out/index.html')}\n"
    assert shown.err == ""
    assert files(Path("out")) == sorted([*before, "index.html"])
    text = Path("out/index.html").read_text(encoding="utf-8")
    assert f"<title>{TITLE}</title>" in text
    places = [text.index(f"The title of {name}") for name in ("fig2", "fig10", "deep/er")]
    assert places == sorted(places)


def test_again_it_is_the_same(capsys):
    written("table1")
    assert main(["report", "out"]) == 0
    first = Path("out/index.html").read_bytes()
    assert main(["report", "out"]) == 0
    assert Path("out/index.html").read_bytes() == first


def test_another_file_and_title(capsys):
    written("table1")
    assert main(["report", "out", "--out", "new/page.html", "--title", "Mine & yours"]) == 0
    assert capsys.readouterr().out == f"{Path('new/page.html')}\n"
    assert "<title>Mine &amp; yours</title>" in Path("new/page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_no_report(folder, capsys):
    Path("empty").mkdir()
    assert refused(capsys, "report", folder) == (
        f"inverse: no results.json in '{folder}' or below it\n"
    )


def test_a_damaged_report(capsys):
    written("table1")
    Path("out/table1/results.json").write_text("{")
    assert "results.json' is damaged" in refused(capsys, "report", "out")
    assert not Path("out/index.html").exists()
