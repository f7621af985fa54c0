"""Tables as Markdown, LaTeX and CSV."""

import csv
import io
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inverse.experiments.document import Column, Spread, Table
from inverse.experiments.latex import escaped
from inverse.experiments.tables import comma_separated, head, latex, markdown, numeric, text
from tests.experiments.reports import ODD, ODD_TABLE, SIGNS, TABLE


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (Spread(28.104, 7.91, 100), 1, "28.1 ± 7.9"),
        (Spread(28.104, 7.91, 100), 2, "28.10 ± 7.91"),
        (Spread(28.104, None, 1), 1, "28.1"),
        (Spread(float("nan"), 1.0, 2), 1, ""),
        (-0.62, 1, "−0.6"),
        (-0.04, 1, "0.0"),
        (7, 2, "7"),
        (None, 1, ""),
        (float("inf"), 1, ""),
        ("a-b", 1, "a-b"),
    ],
)
def test_text(value, digits, shown):
    assert text(value, digits) == shown


def test_heads_have_units_and_numbers_stand_right():
    assert [head(column) for column in TABLE.columns] == ["method", "error (%)", "λ_V", "pictures"]
    assert [numeric(TABLE, j) for j in range(4)] == [False, True, True, True]


def test_markdown():
    assert markdown(TABLE).splitlines() == [
        r"Code errors ‖Φ(x\*) − Φ₀‖/N\_Φ.",
        "",
        r"| method | error (%) | λ\_V | pictures |",
        "| :-- | --: | --: | --: |",
        "| HOG | 28.1 ± 7.9 | 0.50 | 100 |",
        "| DSIFT | **10.9** | 0.00 | 1 |",
        "| none |  |  |  |",
    ]


def test_markdown_has_no_marks_of_the_words():
    *_, row, _ = markdown(ODD_TABLE).splitlines()
    cells = re.split(r"(?<!\\)\|", row.strip("|"))
    assert len(cells) == 2
    assert re.sub(r"\\(.)", r"\1", cells[0].strip()) == ODD
    assert not re.search(r"(?<!\\)[*_<`\[~]", row.replace("\\\\", ""))


def test_latex():
    assert latex(TABLE).splitlines() == [
        r"\begin{table}",
        r"\centering",
        r"\caption{Code errors $\Vert$$\Phi$(x{*}) $-$ $\Phi$$_{0}$$\Vert$/"
        r"N\textsubscript{$\Phi$}.}",
        r"\label{tab:errors}",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r"method & error (\%) & $\lambda$\textsubscript{V} & pictures \\",
        r"\midrule",
        r"HOG & 28.1 $\pm$ 7.9 & 0.50 & 100 \\",
        r"DSIFT & \textbf{10.9} & 0.00 & 1 \\",
        r"none &  &  &  \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


@given(st.text(max_size=30))
def test_latex_keeps_no_sign_of_its_own(words):
    # without the commands that stand for signs nothing of LaTeX's own is left
    commands = r"\\text[a-z]+(\{\})?|\\ldots\{\}|\\[{}$&#_%]|\$[^$ ]+\$"
    written = re.sub(commands, "", escaped(words))
    assert not re.search(r"[\\$&#_%~^]", written)
    assert written.count("{") == written.count("}")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(tmp_path):
    begin = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
    (tmp_path / "t.tex").write_text(
        f"{begin}{latex(TABLE)}\n{latex(ODD_TABLE)}\n\\end{{document}}\n", encoding="utf-8"
    )
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert (tmp_path / "t.pdf").stat().st_size > 0


def test_csv_has_means_and_deviations_in_full_precision():
    rows = list(csv.reader(io.StringIO(comma_separated(TABLE))))
    assert rows == [
        ["method", "error mean (%)", "error std (%)", "λ_V", "pictures"],
        ["HOG", "28.104", "7.91", "0.5", "100"],
        ["DSIFT", "10.89", "", "-0.004", "1"],
        ["none", "", "", "", ""],
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_come_back_from_csv(numbers):
    rows = tuple(("x", value, Spread(value, value, 2)) for value in numbers)
    table = Table("t", "", (Column("a"), Column("b"), Column("c")), rows)
    found = list(csv.reader(io.StringIO(comma_separated(table))))[1:]
    assert [[float(cell) for cell in row[1:]] for row in found] == [[v, v, v] for v in numbers]


def test_words_come_back_from_csv():
    rows = list(csv.reader(io.StringIO(comma_separated(ODD_TABLE))))
    assert rows == [[f"{ODD} ({ODD})", SIGNS], [ODD, SIGNS], ["", "[x]"]]
