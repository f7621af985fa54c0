"""``pytest docs README.md`` executes every block and command of the pages, and counts them.

Doctests are run by pytest itself, a page at a time. Here are the other blocks and what stands in
backticks. Each page has a folder of its own to be executed in (executed/desk.py).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from executed import desk, fences
from executed.items import InText, Python, Shell, Source, Unknown

# they need Sphinx, which tests do without; the site has copies of pages and scripts
collect_ignore = ["conf.py", "reference/directives.py", "_build"]


def pytest_configure(config):
    """README.md is outside this folder: what collects it has to be a plugin."""
    config.pluginmanager.register(Pages(), "pages")


@pytest.fixture(autouse=True)
def _at_a_desk(request, tmp_path_factory, monkeypatch):
    """Doctests of a page are in the same folder as its commands, which come after them."""
    monkeypatch.chdir(desk.of(request.path, tmp_path_factory))


class Page(pytest.File):
    """The blocks of a page that are no doctests, and its commands in the text."""

    def collect(self):
        text = self.path.read_text()
        kinds = {"python": Python, "shell": Shell, "source": Source, "unknown": Unknown}
        for block in fences.blocks(text):
            if block.kind in kinds:
                name = f"{block.kind} in line {block.line}"
                yield kinds[block.kind].from_parent(self, name=name, block=block)
        if fences.commands_in(text) or fences.unfenced(text):
            yield InText.from_parent(self, name="commands in the text", block=text)


class Pages:
    """Collects the pages, and prints what was done."""

    @pytest.hookimpl(trylast=True)
    def pytest_collect_file(self, file_path, parent):
        """A page is collected a second time, after its doctests."""
        if file_path.suffix == ".md":
            return Page.from_parent(parent, path=file_path)
        return None

    def pytest_terminal_summary(self, terminalreporter):
        """How many blocks were executed, and what was not."""
        done, pages = Counter(), set()
        for outcome in ("passed", "skipped"):
            for report in terminalreporter.stats.get(outcome, ()):
                for what, why, number in tallied(report, terminalreporter.config.rootpath):
                    done[what, why] += number
                    pages |= {report.nodeid.partition("::")[0]} if what == "executed" else set()
        if done:
            terminalreporter.write_line("\n".join(f"docs: {line}" for line in told(done, pages)))


def tallied(report, root):
    """What the report of a test counts for: what was done, why not more, and to how many."""
    path, _, test = report.nodeid.partition("::")
    if test and test == Path(path).name and test.endswith(".md") and report.passed:
        kinds = [block.kind for block in fences.blocks((root / path).read_text())]
        yield "executed", "", kinds.count("doctest")
    yield from (counted for name, counted in report.user_properties if name == "docs")


def told(done, pages):
    """The lines of the summary."""
    skipped = [f"{n} {why}" for (kind, why), n in sorted(done.items()) if kind == "skipped"]
    yield (
        f"{done['executed', '']} blocks in {len(pages)} pages executed; "
        f"skipped: {', '.join(skipped) or 'none'}"
    )
    yield f"{done['source', '']} blocks of source equal to their files"
    yield f"{done['in text', '']} commands in the text checked"
