"""Damaged files are refused in one sentence."""

import io
import os
import zipfile

import numpy as np
import pytest

import inverse
from inverse.checkpoint import archive
from tests.checkpoint.running import resumed, rewritten, written


def within(**changes):
    """A change of the text: parts of the course are others."""

    def change(text):
        inside = text["course"]["dict"] | changes
        return text | {"course": {"dict": inside}}

    return change


def test_another_format_is_refused(tmp_path):
    path = written(tmp_path)
    rewritten(path, lambda text: text | {"format": 1})
    with pytest.raises(inverse.InputError, match="must be of format 2, got format 1: another vers"):
        resumed(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: [],
        lambda text: {},
        lambda text: text | {"course": {"array": "nowhere"}},
        lambda text: text | {"course": {"dict": {}}},
        lambda text: text | {"course": {"fields": {"x": 1}}},
        within(t=-1),
        within(t=99),
        within(t="3"),
        within(history={"dict": {}}),
        within(history={"dict": {"energy": {"array": "run.x"}}}),
        within(x={"array": "run.best.energy"}),
        within(optimizer={"array": "run.x"}),
        within(frozen=[[0, "why", True, {"array": "run.best.energy"}, 1]]),
        within(frozen=[[7, "why", True, {"array": "run.x"}, 1]]),
        within(frozen=[["why"]]),
        within(frozen=3),
        within(best={"dict": {}}),
        within(callbacks=3),
    ],
)
def test_a_text_that_lacks_something_is_damage(tmp_path, change):
    path = written(tmp_path)
    rewritten(path, change)
    with pytest.raises(inverse.InputError, match="is damaged: "):
        resumed(path)


def test_damaged_files_are_refused_in_one_sentence(tmp_path):
    path = written(tmp_path)
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    cases = [b"", b"no archive", data[:100], data[: len(data) // 2], data[:-1], data[1:]]
    for place in rng.integers(0, len(data), 150):
        bad = bytearray(data)
        bad[place] ^= 1 << int(rng.integers(8))
        cases.append(bytes(bad))
    said = []
    for case in cases:
        path.write_bytes(case)
        try:
            archive.unpack(path)
        except inverse.InputError as error:
            said.append(str(error))
    # the rest is in dates and the like, which mean nothing
    assert len(said) >= 0.97 * len(cases)
    assert all("it is damaged or no checkpoint: " in sentence for sentence in said)
    assert not any("\n" in sentence for sentence in said)


def test_parts_that_were_exchanged_or_compressed_are_refused(tmp_path):
    path = written(tmp_path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    for kind, message in (
        (zipfile.ZIP_STORED, "its parts are not those that were written"),
        (zipfile.ZIP_DEFLATED, "its parts are compressed or larger than it"),
    ):
        with zipfile.ZipFile(path, "w", kind) as file:
            for name, part in parts.items():
                file.writestr(name, part)
        with pytest.raises(inverse.InputError, match=message):
            resumed(path)


def test_pickles_are_not_opened(tmp_path):
    data = io.BytesIO()
    np.lib.format.write_array(data, np.array([{}]), allow_pickle=True)
    parts = {"text.npy": data.getvalue()}
    path = tmp_path / "c.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("text.npy", parts["text.npy"])
        file.comment = archive._seal(parts)
    with pytest.raises(inverse.InputError, match="Object arrays cannot be loaded"):
        resumed(path)


def test_folders_are_no_checkpoints(tmp_path):
    with pytest.raises(inverse.InputError, match="cannot be read, it is damaged or no checkpoint"):
        resumed(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(inverse.OutputError, match="cannot write '.*': Not a directory|File exists"):
        resumed(tmp_path / "file" / "c.npz")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root reads everything")
def test_files_that_may_not_be_read(tmp_path):
    path = written(tmp_path)
    path.chmod(0)
    with pytest.raises(inverse.InputError, match="cannot be read: Permission denied"):
        resumed(path)
