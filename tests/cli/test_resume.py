"""``inverse invert --resume``: checkpoints, locks, full disks, and folders that vanish."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import inverse
from inverse.cli import main
from inverse.optimize import Adam
from tests.cli.running import files, refused

RESULT = ["comparison.png", "energy.png", "reconstruction.png", "result.json"]


class Killed(Exception):
    """Ends a run in the middle of a step, as a kill does."""


@pytest.fixture
def patch():
    """Patches that a test may undo before its end."""
    with pytest.MonkeyPatch.context() as context:
        yield context


@pytest.fixture
def strike(patch):
    """Have something happen when the optimizer takes step t."""

    def at(t, happen):
        real = Adam.step

        def step(self, x, grad, state):
            if state.t == t:
                happen()
            return real(self, x, grad, state)

        patch.setattr(Adam, "step", step)
        return patch

    return at


def killed():
    raise Killed


def command(photo, *more):
    return ["invert", photo, "--steps", "12", "--out", "out", "--every", "3", *more]


def test_a_killed_run_goes_on_to_the_same_files(tmp_path, photo, strike):
    assert main(["invert", photo, "--steps", "12", "--out", "whole", "--every", "0"]) == 0
    patch = strike(7, killed)
    with pytest.raises(Killed):
        main(command(photo))
    assert files(tmp_path / "out") == ["checkpoint.npz"]
    patch.undo()
    for name in (
        ".checkpoint.npz.0123abcd",
        ".result.json.89abcdef",
        "snapshots/.00003-0.png.0123abcd",
    ):
        (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_bytes(b"half")
    assert main(command(photo, "--resume")) == 0
    assert files(tmp_path / "out") == RESULT
    for name in RESULT:
        whole, out = ((tmp_path / place / name).read_bytes() for place in ("whole", "out"))
        assert whole == out


def test_resume_without_a_checkpoint_starts_anew(tmp_path, photo):
    assert main(command(photo, "--resume")) == 0
    assert files(tmp_path / "out") == RESULT
    assert json.loads((tmp_path / "out/result.json").read_text())["steps"] == 12


def test_ctrl_c_keeps_the_run_beside_its_result(tmp_path, photo, strike, capsys):
    def interrupt():
        raise KeyboardInterrupt

    patch = strike(7, interrupt)
    assert main(command(photo)) == 130
    assert files(tmp_path / "out") == ["checkpoint.npz", *RESULT]
    assert "go on with --resume: the run is kept in out/checkpoint.npz" in capsys.readouterr().out
    patch.undo()
    assert main(command(photo, "--resume")) == 0
    assert files(tmp_path / "out") == RESULT
    assert json.loads((tmp_path / "out/result.json").read_text())["stop"] == ["completed 12 steps"]


def test_ctrl_c_before_anything_is_new_leaves_the_checkpoint(
    tmp_path, photo, strike, patch, capsys
):
    strike(7, killed)
    with pytest.raises(Killed):
        main(command(photo))
    patch.undo()

    def interrupt(*_):
        raise KeyboardInterrupt

    patch.setattr(inverse.inversion, "noise", interrupt)
    assert main(command(photo, "--resume")) == 130
    said = capsys.readouterr().err
    assert said == (
        "inverse: interrupted; a run is kept in out/checkpoint.npz: go on with --resume\n"
    )
    assert main(command(photo, "--resume", "--out", "new")) == 130
    assert "interrupted, nothing was saved" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_no_checkpoint_by_wish(tmp_path, photo, strike, capsys):
    strike(7, killed)
    with pytest.raises(Killed):
        main(command(photo, "--every", "0"))
    assert not (tmp_path / "out").exists()
    assert "--every must be at least 1, got 0" in refused(
        capsys, *command(photo, "--every", "0", "--resume")
    )
    assert "--every must be a whole number of at least 0, got -1" in refused(
        capsys, *command(photo, "--every", "-1")
    )


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        (["--beta", "1.5"], "preset.beta is 2.0 there and 1.5 here"),
        (["--seed", "4"], "rng is 0 there and 4 here"),
        (["--restarts", "2"], "restarts is 1 there and 2 here"),
        (["--steps", "13"], "preset.schedule is ExponentialDecay("),
        (["--representation", "dsift"], "representation is hogb there and dsift here"),
        (["--cell-size", "4"], "layer cells is CellPooling(cell_size=8) there and CellPooling("),
        (["--channels", "3"], "mask is None there and "),
        (["--loss", "inner"], "loss is Euclidean there and InnerProduct here"),
        (["--snapshots", "2"], "snapshots is None there and 2 here"),
        (["--preset", "cvpr2015"], "preset.schedule is "),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(
    tmp_path, photo, strike, capsys, changes, difference
):
    patch = strike(7, killed)
    with pytest.raises(Killed):
        main(command(photo))
    patch.undo()
    before = (tmp_path / "out/checkpoint.npz").read_bytes()
    said = refused(capsys, *command(photo, "--resume", *changes))
    assert "checkpoint 'out/checkpoint.npz' is of another run: " in said
    assert difference in said
    assert files(tmp_path / "out") == ["checkpoint.npz"]
    assert (tmp_path / "out/checkpoint.npz").read_bytes() == before


def test_the_files_are_compared(tmp_path, photo, strike, capsys, tiny):
    patch = strike(7, killed)
    with pytest.raises(Killed):
        main(command(photo, "--representation", tiny, "--size", "48", "64"))
    patch.undo()
    again = command(photo, "--representation", tiny, "--size", "48", "64", "--resume")
    with open(tiny, "ab") as file:  # an empty field: the same network in another file
        file.write(b"\x12\x00")
    assert "model file is of SHA-256" in refused(capsys, *again)
    picture = inverse.read_image(photo)
    picture[0, 0] = 1 - np.round(picture[0, 0])
    inverse.write_image(photo, picture)
    assert "another run: picture file is of SHA-256" in refused(capsys, *again)


def test_a_damaged_checkpoint_is_told_of(tmp_path, photo, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/checkpoint.npz").write_bytes(b"PK\x03\x04 and no more")
    said = refused(capsys, *command(photo, "--resume"))
    assert "checkpoint 'out/checkpoint.npz' cannot be read, it is damaged or no checkpoint" in said
    assert main(command(photo)) == 0
    assert files(tmp_path / "out") == RESULT


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_in_the_midst(tmp_path, photo, strike, capsys):
    patch = strike(7, lambda: patch.setattr(os, "fsync", no_space))
    said = refused(capsys, *command(photo))
    assert "out/checkpoint.npz': No space left on device; that of step 6 is still there" in said
    assert files(tmp_path / "out") == ["checkpoint.npz"]
    patch.undo()
    assert main(command(photo, "--resume")) == 0
    assert files(tmp_path / "out") == RESULT


def test_a_full_disk_at_the_end(tmp_path, photo, patch, capsys):
    real = inverse.Result.save

    def save(*arguments):
        with pytest.MonkeyPatch.context() as full:
            full.setattr(os, "fsync", no_space)
            real(*arguments)

    patch.setattr(inverse.Result, "save", save)
    said = refused(capsys, *command(photo))
    assert "No space left on device; the run is kept in out/checkpoint.npz: go on with --r" in said
    assert files(tmp_path / "out") == ["checkpoint.npz"]
    said = refused(capsys, *command(photo, "--every", "0", "--out", "other"))
    assert said.endswith("No space left on device\n")
    patch.undo()
    assert main(command(photo, "--resume")) == 0
    assert files(tmp_path / "out") == RESULT


def test_a_folder_that_vanishes(tmp_path, photo, strike, capsys):
    strike(7, lambda: shutil.rmtree("out"))
    said = refused(capsys, *command(photo))
    assert "'out' was removed during the run; the result after 8 steps has been saved in a" in said
    assert files(tmp_path / "out") == RESULT
    assert json.loads((tmp_path / "out/result.json").read_text())["steps"] == 8


def test_a_folder_that_is_replaced_is_left_alone(tmp_path, photo, strike, capsys):
    def replace():
        shutil.rmtree("out")
        (tmp_path / "out").mkdir()

    strike(7, replace)
    said = refused(capsys, *command(photo))
    assert "the lock of the run, was removed during the run\n" in said
    assert files(tmp_path / "out") == []


def test_the_picture_is_never_replaced_by_a_checkpoint(tmp_path, photo, capsys):
    os.rename(photo, "checkpoint.npz")
    said = refused(capsys, "invert", "checkpoint.npz", "--out", ".")
    assert "cannot write into '.': it would replace 'checkpoint.npz'" in said
    assert inverse.read_image("checkpoint.npz").shape == (48, 64, 3)


@pytest.mark.skipif(os.name != "posix", reason="locks as POSIX has them")
def test_two_processes_on_one_folder(tmp_path, photo, capsys):
    line = [sys.executable, "-m", "inverse", "invert", photo, "--out", "out", "--steps", "1000000"]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as first:
        try:
            for _ in range(600):
                if (tmp_path / "out/checkpoint.npz").exists():
                    break
                time.sleep(0.1)
            for more in ([], ["--resume"], ["--every", "0"]):
                said = refused(capsys, *command(photo, *more))
                assert said == f"inverse: folder 'out' is in use by process {first.pid}\n"
            assert first.poll() is None
        finally:
            first.kill()
    assert main(command(photo)) == 0
    assert files(tmp_path / "out") == RESULT
