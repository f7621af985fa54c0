"""Make the pictures of the tutorials, and the notebook of the first one.

    python docs/tutorials/make_tutorials.py [--check]

The code of each page is run in an empty folder. Where the page shows FOLDER/NAME.png, FOLDER is
named after the page and NAME.png is what the code wrote. With --check nothing is changed: it is an
error if a picture is missing, or of another size, or if the notebook is not made of its page.
"""

from __future__ import annotations

import doctest
import re
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import notebook

HERE = Path(__file__).parent
PAGES = [page for page in sorted(HERE.glob("*.md")) if page.stem != "README"]
NOTEBOOK = HERE / "first-inversion.ipynb"
SHOWN = re.compile(r"^!\[[^]]*\]\(([^)/]+)/([^)]+)\)$", re.MULTILINE)


def pictures(page):
    """The pictures that a page shows: their files, and what the code of the page wrote."""
    with TemporaryDirectory() as folder, chdir(folder):
        text = page.read_text()
        test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
        failed = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed
        if failed:
            raise SystemExit(f"{page.name}: {failed} examples failed")
        for folder_name, name in SHOWN.findall(text):
            if folder_name != page.stem:
                raise SystemExit(f"{page.name} shows {folder_name}/{name}")
            yield HERE / folder_name / name, Path(name).read_bytes()


def made_notebook():
    """The notebook of the first tutorial, executed in an empty folder."""
    text = NOTEBOOK.with_suffix(".md").read_text()
    with TemporaryDirectory() as folder, chdir(folder):
        return notebook.written(list(notebook.executed(notebook.cells(text))))


def same_size(path, data, scratch):
    scratch.write_bytes(data)
    return path.is_file() and Image.open(path).size == Image.open(scratch).size


def wrong_pictures(page):
    """The pictures of a page that are not what its code makes."""
    with TemporaryDirectory() as folder:
        for path, data in pictures(page):
            if not same_size(path, data, Path(folder) / "picture.png"):
                yield f"{path.relative_to(HERE)} is not what {page.name} makes"


def wrong_notebook():
    """That the notebook is not what its page makes, if so."""
    old = NOTEBOOK.read_text() if NOTEBOOK.is_file() else ""
    if notebook.without_pictures(old) != notebook.without_pictures(made_notebook()):
        yield f"{NOTEBOOK.name} is not what its page makes"


def main(checking):
    """Make all, or say what is out of date."""
    if checking:
        wrong = [*(s for page in PAGES for s in wrong_pictures(page)), *wrong_notebook()]
        for sentence in wrong:
            print(f"{sentence}: run {Path(__file__).name}")
        return int(bool(wrong))
    for page in PAGES:
        for path, data in pictures(page):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    NOTEBOOK.write_text(made_notebook())
    return 0


if __name__ == "__main__":
    sys.exit(main(checking="--check" in sys.argv[1:]))
