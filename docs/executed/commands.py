"""Commands that are checked instead of run, why, and how."""

from __future__ import annotations

import argparse
import re
import shlex
from configparser import ConfigParser
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from executed.desk import ROOT
from inverse.cli import build_parser

NETWORK = "need the network"
GPU = "need a GPU"
MINUTES = "take minutes"
CHECKOUT = "write into the checkout"
CI = "are what .ci/run runs"

NOT_RUN = (
    (r"\S*pip install ", NETWORK),
    (r"inverse models fetch ", NETWORK),
    (r"inverse reproduce .*--scheduler ", NETWORK),
    (r"inverse .*--device gpu", GPU),
    (r"inverse reproduce all ", MINUTES),
    (r"python \S*(tests/benchmarks|models)/", MINUTES),
    (r"python -m inverse\.baselines\.hoggle\.learn ", MINUTES),
    (r"python docs/", CHECKOUT),
    (r"python3? -m (venv|sphinx) |\. \S+/activate|\.ci/run|\S*pytest|ruff |mypy", CI),
)
"""Beginnings of commands that are checked and not run, each with its reason."""

PROGRAMS = ("inverse", "python", "python3", "pip", "pytest", ".ci/run", "ruff", "mypy")

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")


def reason_not_to_run(command):
    """Why a command is only checked; None if it is run."""
    found = (reason for start, reason in NOT_RUN if re.match(start, command))
    return next(found, None)


def is_command(span):
    """Whether what stands in backticks is a command with arguments, or a script."""
    words = span.split()
    return len(words) > 1 and words[0] in PROGRAMS


def check(command, whole=True):
    """Raise ValueError if a command cannot be right; one in the text need not be ``whole``."""
    program, *rest = shlex.split(command, comments=True)
    program = Path(program).name
    if program == "inverse":
        check_inverse(rest, whole)
    elif program.startswith("python"):
        check_python(rest, whole)
    elif program == "pip":
        check_pip(rest)
    elif program == "pytest":
        check_pytest(rest)
    elif program in ("ruff", "mypy"):
        demand(program in SETUP["options.extras_require"]["lint"], f"{program} is not in [lint]")
    elif program == "run":
        demand((ROOT / ".ci" / "run").is_file(), ".ci/run is not there")
    else:
        demand(command.startswith(". ") and command.endswith("/activate"), f"unknown: {command}")


def check_inverse(words, whole):
    """By the command's own parser; in the text, that it knows the command and every option."""
    parser = build_parser()
    if whole:
        try:
            parser.parse_args(words)
        except SystemExit as end:
            raise ValueError(f"refused: inverse {shlex.join(words)}") from end
        return
    for word in words:
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if groups:
            demand(word in groups[0].choices, f"there is no command {parser.prog} {word}")
            parser = groups[0].choices[word]
        elif word.startswith("--"):
            known = word.partition("=")[0] in parser._option_string_actions
            demand(known, f"{parser.prog} has no option {word}")


def check_python(words, whole):
    """The module or script exists, and names every option that it is given."""
    if words[:2] == ["-m", "inverse"]:
        return check_inverse(words[2:], whole)
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
    for extras in re.findall(r"(?:\.|inverse)\[([^]]+)\]", " ".join(words)):
        for extra in extras.split(","):
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
