"""Every numbered equation of the story leads to the line that computes it and to a test of it."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inverse import AlphaNorm, TotalVariation
from inverse.presets import cvpr2015
from inverse.representations.base import SIGMA

ROOT = Path(__file__).parents[1]
STORY = ROOT / "docs" / "story"
TAG = re.compile(r"\\tag\{(\d+)\}\n\$\$\n(?:\n<!-- equation: (\S+) -->\n(.+)\n<!-- end -->)?")
SKIPPED = shutil.ignore_patterns("__pycache__", "*.jpg", "*.png")
LINK = re.compile(r"\]\(([^)#]+)#L(\d+)\)")


def load(name):
    """A module of docs/reference."""
    path = ROOT / "docs" / "reference" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load("equations")
balance, quotes = load("balance"), load("quotes")
by_key = pytest.mark.parametrize("equation", reference.STORY, ids=lambda one: one.key)


def pages():
    """The pages of the story in the order in which the site has them."""
    return re.findall(
        r"^story/(?!README)(\S+)$", (ROOT / "docs/index.md").read_text(), re.MULTILINE
    )


def test_equations_are_numbered_in_the_order_of_the_story():
    tags = [
        (page, *tag) for page in pages() for tag in TAG.findall((STORY / f"{page}.md").read_text())
    ]
    found = [(int(number), page, key) for page, number, key, _ in tags]
    expected = [(i, one.page, one.key) for i, one in enumerate(reference.STORY, 1)]
    assert found == expected
    assert {page.stem for page in STORY.glob("*.md")} == {"README", *pages()}


def test_no_numbered_equation_has_a_double_backslash():
    """Sphinx puts such an equation into a split, in which MathJax allows no number."""
    for page in STORY.glob("*.md"):
        for block in re.findall(r"\$\$\n(.+?)\n\$\$", page.read_text(), re.DOTALL):
            assert "tag" not in block or "\\\\" not in block, page.name


@by_key
def test_the_links_of_an_equation_lead_to_its_line_and_its_test(equation):
    text = (STORY / f"{equation.page}.md").read_text()
    (place,) = (place for _, key, place in TAG.findall(text) if key == equation.key)
    (code, line), (test, at) = LINK.findall(place)
    lines = (STORY / code).resolve().read_text().splitlines()
    assert lines[int(line) - 1].strip().startswith(equation.line)
    assert (STORY / code).resolve() == ROOT / equation.path
    lines = (STORY / test).resolve().read_text().splitlines()
    assert lines[int(at) - 1].startswith(f"def {equation.test.partition('::')[2]}(")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package and its tests, in which a line may be broken."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("inverse", "tests", "docs/reference", "docs/results", "docs/story"):
        shutil.copytree(ROOT / folder, root / folder, ignore=SKIPPED)
    for file in ("setup.cfg", "docs/index.md"):
        shutil.copy(ROOT / file, root / file)
    return root


@pytest.mark.slow
@by_key
def test_the_test_of_an_equation_fails_if_its_line_gives_twice_as_much(equation, copy):
    path = copy / equation.path
    source = path.read_text()
    path.write_text(twice(source, reference.line_of(equation.path, equation.line)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", equation.test]
    broken = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    path.write_text(source)
    assert broken.returncode == 1, broken.stdout  # a test failed; an error in collecting it is 2


def twice(source, number):
    """The source, with what the statement at this line computes, or the first of it, times two."""
    (statement,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno == number
    )
    value = statement.value
    made = isinstance(value, ast.Call) and getattr(value.func, "id", "").istitle()
    if made or isinstance(statement, ast.Expr):  # Evaluation(energy, …), found.append(…)
        value = value.args[0]
    if isinstance(value, ast.Tuple):
        value = value.elts[0]
    lines = source.splitlines(keepends=True)
    before = "".join(lines[: value.lineno - 1])
    before += lines[value.lineno - 1].encode()[: value.col_offset].decode()
    segment = ast.get_source_segment(source, value)
    return f"{before}2 * ({segment}){source[len(before) + len(segment) :]}"


@pytest.mark.parametrize(("p", "share"), [(6, 1.0), (2, 0.01)])
def test_the_papers_rule(p, share):
    """It makes a term 1 for the image that is as bad as one would tolerate."""
    height, width = 30, 400
    sigma, scale = SIGMA * np.sqrt(height * width * 3), share * 128
    weight = balance.rule(sigma, height, width, p, scale)
    bound, ramp = np.full(width, scale / sigma), np.arange(width) * scale / sigma
    row, term = (bound, AlphaNorm(p)) if share == 1 else (ramp, TotalVariation(p))
    x = np.broadcast_to(row, (height, width))[None, :, :, None]
    within = 1 if share == 1 else (width - 1) / width  # the last column has no difference
    assert weight * term.value_and_grad(x)[0][0] == pytest.approx(within, rel=1e-9)
    implied = balance.implied(weight, sigma, height, width, p)
    assert implied == pytest.approx(scale, rel=1e-9)


def test_the_rule_has_the_papers_power_of_the_number_of_values():
    sizes = ((227, 227), (100, 60))
    rules = [balance.rule(SIGMA * np.sqrt(3 * h * w), h, w, 6, 128) for h, w in sizes]
    terms = [cvpr2015().terms((h, w, 3))["alpha"].weight for h, w in sizes]
    assert rules[1] / rules[0] == pytest.approx(terms[1] / terms[0], rel=1e-9)


def test_a_line_that_is_not_there_is_an_error():
    with pytest.raises(SystemExit, match=r"0 lines of inverse/losses.py begin with: no such"):
        reference.line_of("inverse/losses.py", "no such")
    with pytest.raises(SystemExit, match="no function test_none in tests/test_losses.py"):
        reference.definition("tests/test_losses.py", "test_none")


def test_quotes_of_results_are_theirs():
    row = "| conv1 | 10.0, 20.2, 40.8 |"
    asked = "table 1, rows conv1, columns layer; published λ1, λ2, λ3 (%)"
    assert quotes.quote("table3", asked).splitlines()[2] == row
    with pytest.raises(SystemExit, match="no row of the table begins with: conv9"):
        quotes.quote("table3", "table 1, rows conv9")
    with pytest.raises(SystemExit, match="the table has no column rank"):
        quotes.quote("table3", "table 1, columns rank")
    with pytest.raises(SystemExit, match="results/table3.md has 2 of: table"):
        quotes.quote("table3", "table 3")
