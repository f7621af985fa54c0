"""The page over reports: its structure, and that it needs nothing but itself."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.experiments.document import Column, Finding, Report, Spread, Table
from inverse.experiments.page import page
from tests.experiments.reports import ODD, SIGNS, report

VOID = {"meta", "link", "img", "br", "hr"}


class Reader(HTMLParser):
    """Tags with their attributes and what is written in them; every tag must be closed."""

    def __init__(self, source):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes), []))
        assert len(dict(attributes)) == len(attributes)
        if tag not in VOID:
            self.open.append((tag, self.tags[-1][2]))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for _, words in self.open:
            words.append(data)

    def all(self, *names):
        return [(attributes, "".join(text)) for tag, attributes, text in self.tags if tag in names]

    def texts(self, *names):
        return [text.strip().replace("\N{NO-BREAK SPACE}", " ") for _, text in self.all(*names)]


@pytest.fixture(scope="module")
def two():
    return page([report(), report("fig7", "Figure 7: restarts")], "Tables & figures")


def test_nothing_comes_from_elsewhere(two):
    found = Reader(two)
    assert not found.all("script", "iframe", "object", "embed", "base", "form")
    for tag, attributes, _ in found.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert "srcset" not in attributes
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith("data:" if tag == "link" else "#")
    ((_, style),) = found.all("style")
    assert "url(" not in style
    assert "@import" not in style
    assert "http://" not in two
    assert "https://" not in two


def test_pictures_are_inside_with_sizes_and_words(two):
    images = [attributes for attributes, _ in Reader(two).all("img")]
    assert [(i["width"], i["height"]) for i in images] == [("1600", "40"), ("12", "8")] * 2
    for image, figure in zip(images, report().figures * 2, strict=True):
        assert image["alt"] == figure.alternative
        kind, _, data = image["src"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data) == figure.image


@pytest.mark.parametrize(
    "source",
    [
        page([report()], report().title),
        page([report()], "Another title"),
        page([report(), report()], "Two"),
        page([], "None"),
    ],
)
def test_headings_go_down_one_at_a_time(source):
    levels = [int(tag[1]) for tag, *_ in Reader(source).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_landmarks_and_names(two):
    found = Reader(two)
    (html,) = found.all("html")
    assert html[0] == {"lang": "en"}
    assert found.texts("title") == ["Tables & figures"]
    assert len(found.all("main")) == 1
    names = [attributes["id"] for _, attributes, _ in found.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes, _ in found.tags:
        assert attributes.get("aria-labelledby", names[0]) in names
    scopes = [attributes["scope"] for attributes, _ in found.all("th")]
    assert scopes.count("row") == sum(len(table.rows) for table in report().tables) * 2


def test_contents_of_several_reports(two):
    found = Reader(two)
    links = [(attributes["href"], text) for attributes, text in found.all("a")]
    assert links == [("#table1", "Table 1: errors"), ("#fig7", "Figure 7: restarts")]
    assert [attributes["id"] for attributes, _ in found.all("section")] == ["table1", "fig7"]
    assert not Reader(page([report()], "One")).all("nav")


def test_reports_of_the_same_name_and_of_odd_names():
    made = [replace(report(), name=name) for name in ("a", "a", "a-2", "a", "x y", "")]
    found = Reader(page(made, "Many"))
    anchors = ["a", "a-2", "a-2-2", "a-3", "x-y", "report"]
    assert [attributes["id"] for attributes, _ in found.all("section")] == anchors
    assert [attributes["href"] for attributes, _ in found.all("a")] == [f"#{a}" for a in anchors]


def test_tables():
    found = Reader(page([report()], "One"))
    rows = found.texts("th", "td")
    assert rows[:4] == ["method", "error %", "λV", "pictures"]
    assert rows[4:12] == ["HOG", "28.1 ± 7.9", "0.50", "100", "DSIFT", "10.9", "0.00", "1"]
    assert found.texts("strong") == ["10.9"]
    assert len(found.all("table")) == len(report().tables)


def test_findings_have_their_figure_marked():
    made = Report(
        "r",
        "R",
        "",
        findings=(
            Finding("a", "HOG of 27: error 28.10 %, published 28.1 %.", 28.1043),
            Finding("b", "It is 3 at 13.3 and v3.", 3.0),
            Finding("c", "Nothing of it.", 5.5),
            Finding("d", "At most 19.7.", 19.71),
            Finding("e", "Correlation −0.12.", -0.1234),
        ),
    )
    marks = [(a["value"], text) for a, text in Reader(page([made], "R")).all("data")]
    assert marks == [("28.1043", "28.10"), ("3.0", "3"), ("19.71", "19.7"), ("-0.1234", "−0.12")]


def test_settings_are_folded_and_long_ones_once_more():
    found = Reader(page([report()], "One"))
    assert found.texts("summary") == ["Settings", "20 entries"]
    assert all("open" not in attributes for attributes, _ in found.all("details"))
    values = dict(zip(found.texts("dt"), found.texts("dd"), strict=True))
    assert values["networks"] == "small, alexnet"
    assert values["limit"] == "none"
    assert values["numpy"] == "2.0"


@pytest.mark.parametrize("words", [ODD, "<script>alert(1)</script>", '"><img src=x>', SIGNS])
def test_words_stay_words(words):
    made = report()
    table = Table("t", words, (Column(words, words),), ((words,), (Spread(1, None, 1),)))
    hostile = replace(
        made,
        title=words,
        summary=words,
        tables=(table,),
        figures=tuple(replace(f, caption=words, alternative=words) for f in made.figures),
        findings=(Finding(words, f"{words} 3.5", 3.5),),
        settings={words: words, "in": {words: [words]}},
    )
    found = Reader(page([hostile, hostile], words))
    shown = re.sub(r"(?<=\w)'", "’", words).replace("λ_V", "λV").replace("N_Φ", "NΦ")
    assert found.texts("title") == [words]
    assert found.texts("h1") == [shown]
    assert found.texts("a") == [shown] * 2
    assert found.texts("figcaption") == [shown] * 6
    assert found.texts("li")[2] == f"{shown} 3.5"
    assert {attributes["alt"] for attributes, _ in found.all("img")} == {words}
    assert not found.all("script", "i")


@given(st.text(), st.text(), st.floats())
def test_any_words_make_a_page_whose_tags_are_closed(title, sentence, value):
    made = Report("r", title, sentence, findings=(Finding("f", sentence, value),))
    Reader(page([made, made], title))


def test_the_same_reports_give_the_same_page(two):
    assert two == page([report(), report("fig7", "Figure 7: restarts")], "Tables & figures")
