"""What a command of a page has to have here, and what can be told of it without running it."""

from __future__ import annotations

import argparse
import re
import shlex
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from executed.desk import ROOT
from inverse.cli import build_parser
from inverse.devices import find as device
from inverse.errors import InputError

NEEDS = (
    (r"inverse .*--backend dask|dask ", "dask"),
    (r"inverse .*--device gpu", "gpu"),
    (r"python3? -m sphinx ", "docs"),
    (r"python tests/benchmarks/", "torch"),
    (r"ruff |mypy", "lint"),
)
"""Beginnings of commands that need an extra."""

PROGRAMS = ("inverse", "python", "python3", "pip", "pytest", ".ci/run", "ruff", "mypy")
WRITES = r"python docs/|python3? -m sphinx |ruff |mypy"
"""Beginnings of commands that write into the checkout, or look at all of it."""
INSTALLS = r"pip install "

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")


def absent(command):
    """What a command needs and is not here, such as "the extra docs"; None if nothing is."""
    extras = [extra for start, extra in NEEDS if re.match(start, command)]
    if re.match(r"\S*pip install ", command):
        extras += extras_in(command)
    for extra in extras:
        if not installed(extra):
            return f"the extra {extra}"
    if "gpu" in extras:
        try:
            device("gpu")
        except InputError:
            return "a GPU"
    return None


def extras_in(command):
    """The extras that a command of pip names."""
    found = re.findall(r"(?:\.|inverse)\[([^]]+)\]", command)
    return [extra for names in found for extra in names.split(",")]


def installed(extra):
    """Whether every package of an extra is here."""
    for requirement in SETUP["options.extras_require"][extra].split():
        name = re.match(r"[\w-]+", requirement)[0]
        try:
            if name != "inverse":
                version(name)
        except PackageNotFoundError:
            return False
    return True


def is_command(span):
    """Whether what stands in backticks is a command with arguments, or a script."""
    words = span.split()
    return len(words) > (words[:1] != [".ci/run"]) and words[0] in PROGRAMS


def is_known(command):
    """Whether `check` can tell something of a command of a block."""
    return command.split()[0].rpartition(".venv/bin/")[2] in PROGRAMS


def check(command):
    """Raise ValueError if a command cannot be right; one in the text may leave out a part."""
    program, *rest = shlex.split(command, comments=True)
    program = Path(program).name
    if program == "inverse":
        check_inverse(rest)
    elif program.startswith("python"):
        check_python(rest)
    elif program == "pip":
        check_pip(rest)
    elif program == "pytest":
        check_pytest(rest)
    elif program in ("ruff", "mypy"):
        demand(program in SETUP["options.extras_require"]["lint"], f"{program} is not in [lint]")
    else:
        demand((ROOT / ".ci" / "run").is_file(), ".ci/run is not there")


def check_inverse(words):
    """The command's own parser knows it and every option."""
    parser = build_parser()
    for word in words:
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if groups:
            demand(word in groups[0].choices, f"there is no command {parser.prog} {word}")
            parser = groups[0].choices[word]
        elif word.startswith("--"):
            known = word.partition("=")[0] in parser._option_string_actions
            demand(known, f"{parser.prog} has no option {word}")


def check_python(words):
    """The module or script exists, and names every option that it is given."""
    if words[:2] == ["-m", "inverse"]:
        return check_inverse(words[2:])
    if words[0] == "-m":
        spec = find_spec(words[1])
        extras = " ".join(SETUP["options.extras_require"].values())
        if spec is None and words[1] in extras:
            return None  # of an extra that is absent
        demand(spec is not None, f"there is no module {words[1]}")
        source, options = spec.origin, words[2:] if words[1].startswith("inverse.") else []
    else:
        source, options = ROOT / words[0], words[1:]
        demand(source.is_file(), f"there is no script {words[0]}")
    text = "".join(path.read_text() for path in Path(source).parent.glob("*.py"))
    for option in (word for word in options if word.startswith("--")):
        demand(f'"{option}"' in text, f"{words[0]} has no option {option}")


def check_pip(words):
    """Every extra that is asked for is in setup.cfg."""
    demand(words[0] == "install", f"pip {words[0]}")
    for extra in extras_in(" ".join(words)):
        demand(extra in SETUP["options.extras_require"], f"there is no extra {extra}")


def check_pytest(words):
    """Markers are those of setup.cfg, and files exist."""
    for option, value in pairwise(words):
        if option == "-m":
            marker = value.removeprefix("not ")
            demand(f"\n{marker}:" in SETUP["tool:pytest"]["markers"], f"no marker {marker}")
    for word in words:
        demand("/" not in word or (ROOT / word.split("::")[0]).exists(), f"there is no {word}")


def demand(holds, sentence):
    if not holds:
        raise ValueError(sentence)
