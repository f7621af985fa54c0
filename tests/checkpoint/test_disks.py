"""Disks that are full, folders that vanish, two runs on one file."""

import errno
import os
import subprocess
import sys

import pytest

import inverse
from inverse.image import write_bytes
from inverse.optimize import NotKept
from tests.checkpoint.running import HOGB, PHOTO, cut, same, short


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_earlier_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"

    def fills(step):
        if step.t == 5:
            monkeypatch.setattr(os, "fsync", full)

    options = {"preset": short(), "checkpoint": path, "every": 4}
    message = "No space left on device; that of step 4 is still there"
    with pytest.raises(NotKept, match=message) as caught:
        inverse.invert(HOGB, PHOTO, callbacks=[fills], **options)
    assert isinstance(caught.value, inverse.OutputError)
    assert caught.value.result.minimum.steps == 7
    assert caught.value.result.stop.startswith("stopped after 7 steps: cannot write")
    assert os.listdir(tmp_path) == ["c.npz"]
    monkeypatch.undo()
    whole = inverse.invert(HOGB, PHOTO, preset=short())
    assert same(inverse.invert(HOGB, PHOTO, resume=True, **options), whole)


def test_a_full_disk_at_ctrl_c_loses_no_result(tmp_path, monkeypatch):
    def strike(step):
        if step.t == 5:
            monkeypatch.setattr(os, "fsync", full)
            raise KeyboardInterrupt

    with pytest.raises(NotKept, match="c.npz': No space left on device$") as caught:
        inverse.invert(
            HOGB, PHOTO, preset=short(), checkpoint=tmp_path / "c.npz", callbacks=[strike]
        )
    assert caught.value.result.minimum.steps == 5
    assert os.listdir(tmp_path) == []


LIMITED = """
import resource, sys
import inverse
photo = inverse.photos.photo("hat")[64:104, 80:128]
phi = inverse.hog(bilinear=True)
def limit(step):
    if step.t == 4:
        size = __import__("os").path.getsize(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
preset = inverse.presets.fast(phi).replace(steps=16)
try:
    inverse.invert(phi, photo, preset=preset, checkpoint=sys.argv[1], every=4, callbacks=[limit])
except inverse.OutputError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_limit_of_the_system_on_sizes(tmp_path):
    path = tmp_path / "c.npz"
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.endswith("c.npz': File too large; that of step 4 is still there\n")
    assert done.stderr == ""
    assert os.listdir(tmp_path) == ["c.npz"]
    assert same(cut(path, preset=short()), inverse.invert(HOGB, PHOTO, preset=short()))


def test_a_folder_that_vanishes(tmp_path):
    path = tmp_path / "run" / "c.npz"

    def vanish(step):
        if step.t == 5:
            for file in path.parent.iterdir():
                file.unlink()
            path.parent.rmdir()

    options = {"preset": short(), "checkpoint": path, "every": 4}
    with pytest.raises(NotKept, match="run' was removed during the run$") as caught:
        inverse.invert(HOGB, PHOTO, callbacks=[vanish], **options)
    assert caught.value.result.minimum.steps == 7
    assert not path.parent.exists()


def test_a_lock_that_vanishes(tmp_path):
    path = tmp_path / "c.npz"

    def vanish(step):
        if step.t == 5:
            (tmp_path / ".c.npz.lock").unlink()

    with pytest.raises(NotKept, match=".c.npz.lock', the lock of the run, was removed during"):
        inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path, every=4, callbacks=[vanish])


def test_a_checkpoint_is_of_one_run_at_a_time(tmp_path):
    path, said = tmp_path / "c.npz", []

    def second(step):
        if step.t == 2:
            with pytest.raises(inverse.OutputError, match="is in use by process") as caught:
                inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path)
            said.append(str(caught.value))

    found = inverse.invert(HOGB, PHOTO, preset=short(), checkpoint=path, callbacks=[second])
    assert said == [f"'{path}' is in use by process {os.getpid()}"]
    assert same(found, inverse.invert(HOGB, PHOTO, preset=short()))
    assert os.listdir(tmp_path) == ["c.npz"]


def test_what_killed_writers_left_is_removed(tmp_path):
    for name in (".c.npz.0123abcd", ".c.npz.lock", ".other.npz.0123abcd", ".c.npz.txt"):
        (tmp_path / name).write_bytes(b"half")
    inverse.invert(HOGB, PHOTO, preset=short(2), checkpoint=tmp_path / "c.npz")
    assert sorted(os.listdir(tmp_path)) == [".c.npz.txt", ".other.npz.0123abcd", "c.npz"]


def test_errors(tmp_path):
    with pytest.raises(inverse.ParameterError, match="invert.resume needs a checkpoint"):
        inverse.invert(HOGB, PHOTO, resume=True)
    for every in (0, 2.5):
        with pytest.raises(inverse.ParameterError, match="Checkpoint.every must be a whole number"):
            inverse.invert(HOGB, PHOTO, checkpoint=tmp_path / "c.npz", every=every)
    with pytest.raises(inverse.InputError, match="cannot read 'none.png': No such file"):
        inverse.invert(HOGB, PHOTO, checkpoint="c.npz", files={"picture": "none.png"})


def test_bytes_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_bytes(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(inverse.OutputError, match="cannot write '.*a': No space left on device"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]
