"""`inverse trace`, run as users run it."""

import json

import pytest

from inverse.cli import main
from tests.cli.running import refused


def traced(capsys, *arguments):
    assert main(["trace", *arguments]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def test_a_table_of_every_layer(photo, capsys):
    title, heads, start, *rows = traced(capsys, photo, "--representation", "hog").splitlines()
    assert title.startswith("hog: loss ")
    assert heads.split() == ["layer", "op", "output", "|y|", "|dy|", "silent", "dead", "clamped"]
    assert start.split()[:2] == ["input", "48x64x1"]
    assert [row.split()[0] for row in rows] == [
        "gradient", "orientation", "cells", "normalization", "clamp", "sum",
    ]  # fmt: skip


def test_from_grey_there_is_advice(photo, capsys):
    last = traced(capsys, photo, "--start", "grey").splitlines()[-1]
    assert last.startswith("'orientation' (BilinearOrientation) passes no gradient from this start")


def test_json_of_a_layer_of_a_network(photo, tiny, capsys):
    arguments = ("--representation", tiny, "--layer", "relu", "--size", "48", "64")
    found = json.loads(traced(capsys, photo, *arguments, "--start", "photo", "--json"))
    assert list(found) == ["representation", "loss", "x", "dx", "layers", "advice"]
    assert found["representation"] == "tiny-relu"
    assert found["loss"] == 0
    assert found["layers"][-1]["name"] == "relu"
    assert 0 < found["layers"][-1]["dead"] < 1
    assert found["advice"][0].startswith("the code equals its target")


def test_the_seed_chooses_the_noise(photo, capsys):
    first, second, again = (traced(capsys, photo, "--seed", s) for s in "010")
    assert first == again != second


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{photo}", "--start", "white"], "argument --start: invalid choice: 'white'"),
        (["{photo}", "--layer", "cels"], "got 'cels' (did you mean 'cells'?)"),
        (["{photo}", "--seed", "-1"], "rng must be a numpy Generator or an int >= 0, got -1"),
        (["none.png"], "none.png"),
        ([], "the following arguments are required: IMAGE"),
    ],
)
def test_bad_use_is_one_line_and_status_2(arguments, words, photo, capsys):
    assert words in refused(capsys, "trace", *(a.format(photo=photo) for a in arguments))
