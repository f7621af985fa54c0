"""What is done with each kind of block that is no doctest."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from functools import cache
from importlib.util import find_spec
from tempfile import TemporaryFile

import make_pages
import pytest

from executed import commands, desk, fences

SECONDS = 300
"""Longer than any command of a block may take; the site takes longest."""


class Item(pytest.Item):
    """A test of one block, which says in its report what it counts for."""

    def __init__(self, *, block, **kwargs):
        super().__init__(**kwargs)
        self.block = block

    def count(self, what, why="", number=1):
        self.user_properties.append(("docs", (what, why, number)))

    def folder(self, writes=False):
        return desk.of(self.path, self.config._tmp_path_factory, writes)

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, (ValueError, AssertionError)):
            return f"{self.path}: {self.name}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, getattr(self.block, "line", 0), f"{self.path.name}: {self.name}"


class Python(Item):
    """A script."""

    def runtest(self):
        absent = [name for name in self.block.needs if find_spec(name) is None]
        if absent:
            self.count("skipped", f"needs {absent[0]}")
            pytest.skip(f"needs {absent[0]}")
        folder = self.folder()
        script = folder / f"line{self.block.line}.py"
        script.write_text(self.block.body)
        run(f"python {script.name}", folder, desk.environment(folder))
        self.count("executed")


class Shell(Item):
    """Commands, in one shell."""

    def runtest(self):
        steps = fences.steps(self.block.body)
        lines = [command for command, _ in steps]
        for command in filter(commands.is_known, lines):
            commands.check(command)
        absent = next(filter(None, map(commands.absent, lines)), None)
        if absent:
            self.count("skipped", f"needs {absent}")
            pytest.skip(f"needs {absent}")
        writes, installs = (
            any(re.match(start, command) for command in lines)
            for start in (commands.WRITES, commands.INSTALLS)
        )
        folder = self.folder(writes)
        environment = desk.environment(folder, installs)
        waiting = []
        for command, shown in steps:
            waiting.append(command)
            if shown is not None:
                compare(command, shown, run("\n".join(waiting), folder, environment))
                waiting = []
        if waiting:
            run("\n".join(waiting), folder, environment)
        self.count("executed")


class Source(Item):
    """What docs/make_pages.py fills in."""

    def runtest(self):
        assert up_to_date(self.path), "run python docs/make_pages.py"
        self.count("source")


class Unknown(Item):
    """A block of which nobody knows whether it runs."""

    def runtest(self):
        known = ", ".join(("python", *fences.SHELL, *fences.SHOWN))
        raise ValueError(f"the language of a block must be one of {known}")


class InText(Item):
    """Commands in backticks, which may leave out what the text says."""

    def runtest(self):
        assert not (bare := fences.unfenced(self.block)), f"stand in no fenced block: {bare}"
        for command in fences.commands_in(self.block):
            commands.check(command)
            self.count("in text")


@cache
def up_to_date(page):
    text = page.read_text()
    return make_pages.filled(text) == text


def run(script, folder, environment):
    """What commands print, executed one after the other until one fails.

    What they have left running ends with them, and so cannot go into a pipe, which would wait.
    """
    with TemporaryFile("w+") as printed, TemporaryFile("w+") as said:
        shell = subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder, env=environment, stdout=printed, stderr=said, start_new_session=True,
        )  # fmt: skip
        try:
            status = shell.wait(SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        printed.seek(0), said.seek(0)
        output, errors = printed.read(), said.read()
    assert status == 0, f"$ {script}\nexit status {status}\n{output}{errors}"
    return output


def compare(command, shown, printed):
    same = OutputChecker().check_output(shown, printed, ELLIPSIS | NORMALIZE_WHITESPACE)
    assert same, f"$ {command}\nthe page shows\n{shown}\nit prints\n{printed}"
