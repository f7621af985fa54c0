"""The files of a report, and the report from its files."""

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from inverse.errors import InputError, ParameterError
from inverse.experiments.document import Column, Figure, Finding, Report, Spread, Table
from inverse.experiments.writing import read, write, write_page
from inverse.image import png
from tests.experiments.reports import ramp, report

PNGS = [ramp(2, 3), ramp(1, 1)]

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True).filter(lambda n: n != "results")
finite = st.floats(allow_nan=False, allow_infinity=False)
spreads = st.builds(Spread, finite, st.none() | finite, st.integers(1, 100))
cells = st.none() | st.integers() | finite | st.text() | spreads
leaves = st.none() | st.booleans() | st.integers() | finite | st.text()
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(), t, max_size=3)
)
objects = st.dictionaries(st.text(), trees, max_size=3)


@st.composite
def tables(draw, name):
    columns = draw(
        st.lists(st.builds(Column, st.text(), st.text(), st.integers(0, 9)), min_size=1, max_size=4)
    )
    row = st.tuples(*[cells] * len(columns))
    best = st.frozensets(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    rows = tuple(draw(st.lists(row, max_size=4)))
    return Table(name, draw(st.text()), tuple(columns), rows, draw(best))


@st.composite
def reports(draw):
    unique = st.lists(names, max_size=3, unique=True)
    return Report(
        draw(st.text()),
        draw(st.text()),
        draw(st.text()),
        tuple(draw(tables(name)) for name in draw(unique)),
        tuple(
            Figure(name, draw(st.text()), draw(st.text()), draw(st.sampled_from(PNGS)))
            for name in draw(unique)
        ),
        tuple(draw(st.lists(st.builds(Finding, st.text(), st.text(), finite), max_size=3))),
        draw(objects),
        draw(st.dictionaries(st.text(), objects, max_size=3)),
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A new folder at each call."""
    return lambda: tmp_path_factory.mktemp("report")


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@given(made=reports())
def test_a_report_comes_back_equal_and_is_written_the_same(made, folders):
    first, second = folders(), folders()
    write(made, first)
    assert read(first) == made
    write(read(first), second)
    assert contents(first) == contents(second)


def test_files(tmp_path):
    write(report(), tmp_path / "new")
    assert sorted(contents(tmp_path / "new")) == [
        "errors.csv", "index.html", "odd.csv", "results.csv", "results.json", "small.png",
        "tables.md", "tables.tex", "wide.png",
    ]  # fmt: skip
    found = json.loads((tmp_path / "new" / "results.json").read_text(encoding="utf-8"))
    assert found["format"] == 1
    assert found["tables"][0]["rows"][0][1] == {"mean": 28.104, "std": 7.91, "count": 100}
    assert found["figures"][0]["file"] == "wide.png"


def test_records_are_a_row_for_each_unit(tmp_path):
    write(report(), tmp_path)
    with open(tmp_path / "results.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["unit", "arguments.seed", "norm", "distance.0", "distance.1", "stop"],
            ["hog/a", "0", "2.5", "1.0", "0.1", ""],
            ["hog/b", "1", "", "2.0", "", "steps"],
        ]


def test_arrays_become_png(tmp_path):
    levels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = levels.astype(np.float32) / 255
    write(Report("r", "R", "", figures=(Figure("f", "", "", image),)), tmp_path)
    with Pillow.open(tmp_path / "f.png") as found:
        assert np.array_equal(np.asarray(found), levels)
    assert read(tmp_path).figures[0].image == png(image)


def test_what_is_not_finite_is_null(tmp_path):
    nan, inf = float("nan"), float("inf")
    table = Table("t", "", (Column("a"), Column("b")), ((nan, Spread(inf, nan, 2)),))
    made = Report("r", "R", "", (table,), (), (Finding("f", "nan", nan),), {"a": [nan, -inf]})
    write(replace(made, records={"u": {"x": inf, "y": np.float32(0.5), "z": (1,)}}), tmp_path)
    text = (tmp_path / "results.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    found = read(tmp_path)
    ((empty, spread),) = found.tables[0].rows
    assert empty is None
    assert math.isnan(spread.mean)
    assert spread.std is None
    assert math.isnan(found.findings[0].value)
    assert found.settings == {"a": [None, None]}
    assert found.records == {"u": {"x": None, "y": 0.5, "z": [1]}}
    assert (tmp_path / "t.csv").read_text() == "a,b mean,b std\n,,\n"


def test_names_of_files_that_are_no_utf_8(tmp_path):
    made = Report("r", "R", "", records={"photo-\udcff": {"norm": 1.0}})
    write(made, tmp_path)
    assert read(tmp_path) == made


def test_one_page_over_several(tmp_path):
    write_page([report("a"), report("b")], tmp_path / "index.html", "Two")
    assert "<title>Two</title>" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "given_names", "words"),
    [
        ("table", ["a/b"], "Table.name must be letters, digits, '.', '_' and '-', got 'a/b'"),
        ("figure", [".."], "Figure.name must be letters, digits, '.', '_' and '-', got '..'"),
        ("table", ["a", "A"], "Table.name must be a file of its own, got 'A' again"),
        ("figure", ["a", "a"], "Figure.name must be a file of its own, got 'a' again"),
        ("table", ["results"], "Table.name must be a file of its own, got 'results' again"),
    ],
)
def test_names_that_cannot_be_files(kind, given_names, words, tmp_path):
    if kind == "table":
        made = Report("r", "R", "", tuple(Table(n, "", (Column("a"),), ()) for n in given_names))
    else:
        made = Report("r", "R", "", (), tuple(Figure(n, "", "", PNGS[0]) for n in given_names))
    with pytest.raises(ParameterError) as caught:
        write(made, tmp_path)
    assert str(caught.value) == words
    assert not list(tmp_path.iterdir())


def test_bytes_that_are_no_png(tmp_path):
    made = Report("r", "R", "", figures=(Figure("f", "", "", b"GIF89a"),))
    with pytest.raises(
        ParameterError, match="an array or the bytes of a PNG, got other bytes in f"
    ):
        write(made, tmp_path)


def test_no_report(tmp_path):
    with pytest.raises(InputError, match=r"no report in '.*': it has no results.json"):
        read(tmp_path)


def test_results_that_cannot_be_read(tmp_path):
    (tmp_path / "results.json").mkdir()
    with pytest.raises(InputError, match=r"cannot read '.*results.json': Is a directory"):
        read(tmp_path)


def test_another_format(tmp_path):
    write(report(), tmp_path)
    path = tmp_path / "results.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(InputError, match=r"'.*results.json' must be of format 1, got 2"):
        read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: "{}",
        lambda text: text.replace("28.104", "NaN"),
        lambda text: text.replace('"title"', '"titel"'),
        lambda text: text.replace('"digits": 2', '"digits": "2"'),
        lambda text: text.replace('"digits": 2', '"digits": -2'),
        lambda text: text.replace('"HOG",', ""),
        lambda text: text.replace('"HOG"', '["HOG"]'),
        lambda text: text.replace('"name": "wide"', '"name": "../wide"'),
        lambda text: text.replace('"hog/a": {', '"hog/a": 3, "c": {'),
    ],
)
def test_damaged_results(change, tmp_path):
    write(report(), tmp_path)
    path = tmp_path / "results.json"
    before = path.read_text(encoding="utf-8")
    assert change(before) != before
    path.write_text(change(before), encoding="utf-8")
    with pytest.raises(InputError, match=r"results.json' is damaged: it is not what a report is"):
        read(tmp_path)


def test_figures_that_are_absent_or_damaged(tmp_path):
    write(report(), tmp_path)
    for damaged in (b"", (tmp_path / "wide.png").read_bytes()[:20]):
        (tmp_path / "wide.png").write_bytes(damaged)
        with pytest.raises(InputError, match=r"wide.png' is damaged: it is no PNG"):
            read(tmp_path)
    (tmp_path / "wide.png").unlink()
    with pytest.raises(InputError, match=r"cannot read the figure '.*wide.png': No such file"):
        read(tmp_path)
