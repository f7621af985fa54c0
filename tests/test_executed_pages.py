"""What executes the pages finds blocks that fail, whatever their kind, and counts what it did."""

import importlib.metadata
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.test_docs import ROOT

SOUND = """
# A page

```python
>>> 1 + 1
2

```

```sh
inverse layers model.onnx >layers.txt
pip install '.[autograd]' && test -s layers.txt
```

```sh
python docs/reference/command_line.py && mkdir docs/_build
```

```console
$ echo three
three
```

The options of `inverse invert photo.jpg --steps 3`.
"""


@pytest.fixture
def run(tmp_path):
    """Executes a page in a checkout that has nothing else, and returns what pytest prints."""
    (tmp_path / "docs").mkdir()
    for name in ("inverse", "tests", "setup.cfg", ".ci"):
        (tmp_path / name).symlink_to(ROOT / name)
    for path in (ROOT / "docs").iterdir():
        if path.suffix != ".md":
            (tmp_path / "docs" / path.name).symlink_to(path)

    def executed(text):
        (tmp_path / "docs" / "page.md").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "docs/page.md"],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    return executed


def test_a_sound_page_which_leaves_checkout_and_environment_as_they_are(run):
    def here():
        return sorted((ROOT / "docs").iterdir()), importlib.metadata.files("inverse")

    before = here()
    status, printed = run(SOUND)
    assert here() == before
    assert status == 0, printed
    assert "docs: 4 blocks in 1 pages executed; skipped: none" in printed
    assert "docs: 1 commands in the text checked" in printed


WRONG = {
    "```sh\nfalse && true\n```": "exit status 1",
    "```sh\ninverse layers nothing.onnx\n```": "no file found",
    "```console\n$ echo three\nfour\n```": "the page shows\nfour",
    "```python\nassert False\n```": "AssertionError",
    "```sh\npip install '.[dosc]'\n```": "there is no extra dosc",
    "```sh\ninverse reproduce all --picture x\n```": "inverse reproduce has no option --picture",
    "```sh\npytest -m sloow\n```": "no marker sloow",
    "```sh\npython docs/make_page.py\n```": "there is no script docs/make_page.py",
    "```sh\npython docs/make_pages.py --chek\n```": "has no option --chek",
    "```\nsomething\n```": "the language of a block must be one of python, sh, console",
    "Type `inverse invert --stepps 3`.": "inverse invert has no option --stepps",
}
"""Blocks that fail, each with a part of what is said then."""


def test_what_is_wrong_is_found(run):
    status, printed = run("# A page\n\n" + "\n\n".join(WRONG))
    assert status == 1
    missing = [message for message in WRONG.values() if message not in printed]
    assert not missing, printed
    assert f"{len(WRONG)} failed" in printed


def test_a_command_outside_a_block_is_found(run):
    status, printed = run("# A page\n\nIt is\n\n    inverse models list\n")
    assert status == 1
    assert "stand in no fenced block" in printed


def test_an_absent_extra_or_device_is_said(run):
    status, printed = run("# A page\n\n```sh\ninverse invert photo.jpg --device gpu\n```\n")
    there = find_spec("cupy") is not None
    assert (status, "skipped: 1 needs the extra gpu" in printed) == (0, not there), printed


def test_an_absent_module_is_said(run):
    status, printed = run("# A page\n\n```python no_such_module\nimport no_such_module\n```\n")
    assert status == 0, printed
    assert "skipped: 1 needs no_such_module" in printed
