"""``inverse reproduce``, run as users run it."""

import json
from pathlib import Path

import pytest

import inverse
from inverse import photos
from inverse.cli import main
from inverse.experiments import EXPERIMENTS
from tests.cli.running import files, refused


@pytest.fixture
def pictures(tmp_path):
    """A folder of two small pictures."""
    folder = tmp_path / "pictures"
    for name in ("boots", "hat"):
        inverse.write_image(folder / f"{name}.png", photos.photo(name)[::4, ::4])
    return str(folder)


def test_the_list(capsys):
    assert main(["reproduce", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(EXPERIMENTS)


def test_a_figure_and_its_files(capsys, pictures):
    command = ["reproduce", "fig4", "--images", pictures, "--out", "out", "--limit", "1"]
    assert main(command) == 0
    shown = capsys.readouterr()
    assert shown.out == "out/fig4/index.html\n"
    assert shown.err == ""
    expected = ["fig4.csv", "fig4.png", "index.html", "results.csv", "results.json", "run.json"]
    expected += ["tables.md", "tables.tex", *(f"units/{w}.npz" for w in ("0.5", "5", "50"))]
    assert [name.removeprefix("fig4/") for name in files(Path("out"))] == sorted(expected)
    about = json.loads(Path("out/fig4/run.json").read_text())
    assert about["units"] == about["computed"] == 3

    assert "has units of an earlier run" in refused(capsys, *command)
    assert main([*command, "--resume"]) == 0
    assert json.loads(Path("out/fig4/run.json").read_text())["computed"] == 0


def test_all_goes_through_every_experiment(capsys, pictures, monkeypatch):
    kept = {name: EXPERIMENTS[name] for name in ("table2", "fig8")}
    monkeypatch.setattr("inverse.experiments.EXPERIMENTS", kept)
    assert main(["reproduce", "all", "--images", pictures, "--out", "out", "--jobs", "2"]) == 0
    assert capsys.readouterr().out == "out/index.html\n"
    page = Path("out/index.html").read_text()
    assert all(experiment.title in page for experiment in kept.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fig3"], "NAME must be all or one of table1, "),
        ([], "NAME must be all or one of table1, "),
        (["fig4"], "reproduce needs --images DIR"),
        (["fig4", "--images", "nowhere"], "reproduce needs --out DIR"),
        (["fig4", "--images", "nowhere", "--out", "o"], "no folder 'nowhere' found"),
        (["fig4", "--images", ".", "--out", "o"], "no picture"),
        (["fig4", "--images", ".", "--out", "o", "--limit", "0"], "limit must be at least 1"),
    ],
)
def test_bad_use_is_one_line(capsys, arguments, sentence):
    assert sentence in refused(capsys, "reproduce", *arguments)


def test_a_picture_that_is_none_is_one_line(capsys, tmp_path):
    (tmp_path / "broken.jpg").write_text("no picture")
    line = refused(capsys, "reproduce", "fig4", "--images", str(tmp_path), "--out", "o")
    assert "broken.jpg" in line
