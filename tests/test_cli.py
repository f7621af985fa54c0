"""The command line, run as users run it: files, exit status, one clear line."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import inverse
from inverse.cli import main

HAT = str(inverse.photos.path("hat"))


@pytest.fixture
def small(tmp_path):
    """A photo of 48×64 pixels."""
    path = tmp_path / "small.png"
    inverse.write_image(path, inverse.photos.photo("hat")[100:148, 60:124])
    return str(path)


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def files(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


@pytest.mark.parametrize("representation", ["hog", "hogb", "dsift"])
def test_invert_leaves_the_pictures_and_the_record(tmp_path, small, capsys, representation):
    assert main(["invert", small, "--representation", representation, "--steps", "8"]) == 0
    out = tmp_path / f"small-{representation}"
    assert files(out) == ["comparison.png", "energy.png", "reconstruction.png", "result.json"]
    assert inverse.read_image(out / "reconstruction.png").shape == (48, 64)
    record = json.loads((out / "result.json").read_text())
    for name, digest in record["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert list(record["source"]) == [small]
    assert record["seed"] == 0
    assert record["preset"]["lambda_tv"] == 0.5
    assert record["stop"] == ["completed 8 steps"]
    assert set(record["versions"]) >= {"inverse", "numpy", "python"}
    shown = capsys.readouterr()
    assert "code error" in shown.out
    assert shown.err == ""  # no terminal, no progress


def test_options(tmp_path, small, capsys):
    options = "--restarts 2 --snapshots 4 --out there --json --layer cells --cell-size 4 --beta 1.5"
    assert main(["invert", small, "--steps", "8", "--lambda-tv", "2", *options.split()]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["representation"] == "hogb-cells"
    assert record["code_shape"] == [12, 16, 18]
    assert record["preset"]["beta"] == 1.5
    assert len(record["code_error"]) == 2
    assert files(tmp_path / "there") == [
        "comparison.png",
        "energy.png",
        "reconstruction-0.png",
        "reconstruction-1.png",
        "reconstruction.png",
        "result.json",
        *sorted(f"snapshots/{t:05d}-{i}.png" for t in (0, 4, 8) for i in (0, 1)),
    ]


def test_the_result_can_be_made_again_from_its_record(tmp_path, small):
    for out in ("a", "b"):
        assert main(["invert", small, "--steps", "6", "--seed", "4", "--out", out]) == 0
    a, b = (json.loads((tmp_path / out / "result.json").read_text()) for out in ("a", "b"))
    assert a == b


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.png"], "picture 'missing.png' does not exist"),
        (["text.png"], "picture 'text.png' cannot be read"),
        (["half.jpg"], "picture 'half.jpg' cannot be read"),
        (["tiny.png", "--representation", "dsift"], "at least 13x13 pixels"),
        ([HAT, "--lambda-tv", "-1"], "Preset.lambda_tv must be at least 0 and finite, got -1.0"),
        ([HAT, "--lambda-alpha", "nan"], "Preset.lambda_alpha must be at least 0 and finite"),
        ([HAT, "--steps", "0"], "steps must be a whole number of at least 1, got 0"),
        ([HAT, "--steps", "x"], "argument --steps: invalid int value: 'x'"),
        ([HAT, "--restarts", "0"], "invert.restarts must be a whole number >= 1, got 0"),
        ([HAT, "--seed", "-3"], "an int >= 0, got -3"),
        ([HAT, "--max-pixels", "1000"], "must have at most 1000 pixels"),
        ([HAT, "--layer", "fc6"], "layer must be one of gradient"),
        ([HAT, "--representation", "sift"], "or an ONNX file, got 'sift'"),
        ([HAT, "--out", "text.png"], "cannot write into 'text.png': it is not a folder"),
        ([HAT, "--out", "text.png/out"], "cannot write"),
        ([HAT, "--out", "/proc/out"], "cannot write"),
        (
            [HAT, "--alpha", "inf"],
            "AlphaNorm.alpha must be greater than 1 and at most 100, got inf",
        ),
        ([HAT, "--cell-size", "0"], "CellPooling.cell_size must be a whole number of at least 1"),
        ([HAT, "--step", "9"], "--step is no option of hogb"),
        (
            [HAT, "--representation", "dsift", "--cell-size", "9"],
            "--cell-size is no option of dsift",
        ),
        ([HAT, "--max-pixels", "0"], "--max-pixels must be at least 1, got 0"),
        ([HAT, "--restarts", "1000000000"], "not enough memory"),
        ([HAT, "--representation", "dsift", "--step", "1" + 40 * "0"], "too large"),
        ([HAT, "--out", "deep/" + 300 * "x"], "File name too long"),
        ([], "the following arguments are required: IMAGE"),
    ],
)
def test_bad_use_is_one_line_and_status_2(tmp_path, capsys, arguments, message):
    (tmp_path / "text.png").write_text("not a picture")
    Image.new("L", (9, 9), 80).save(tmp_path / "tiny.png")
    data = inverse.photos.path("hat").read_bytes()
    (tmp_path / "half.jpg").write_bytes(data[: len(data) // 2])
    before = files(tmp_path)
    try:
        status = main(["invert", *arguments])
    except SystemExit as exit_:
        status = exit_.code
    shown = capsys.readouterr()
    assert status == 2
    assert message in shown.err
    assert shown.err.startswith("inverse")
    assert shown.err.count("\n") == 1
    assert files(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["half.jpg", "text.png", "tiny.png"]


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK", "I;16", "1"])
def test_pictures_of_every_kind_work(tmp_path, mode):
    values = (255 * inverse.grey(inverse.photos.photo("hat"))[80:120, 80:120]).astype(np.uint8)
    if mode == "I;16":
        picture = Image.fromarray(values.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(values).convert("RGB").convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture.save(path)
    assert main(["invert", str(path), "--steps", "2", "--out", "out"]) == 0


def run(*arguments):
    command = [sys.executable, "-m", "inverse", *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = os.environ | {"INVERSE_NUM_THREADS": "2"}
    return subprocess.Popen(command, text=True, env=workers, start_new_session=True, **streams)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("restarts", ["1", "3"])
def test_ctrl_c_saves_what_there_is(tmp_path, restarts):
    for patience in (3, 10, 30):  # seconds until the first step, on slower and slower machines
        process = run("invert", HAT, "--out", "out", "--steps", "1000000", "--restarts", restarts)
        time.sleep(patience)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
        _, errors = process.communicate(timeout=60)
        if (tmp_path / "out").exists():
            break
    assert process.returncode == 130
    assert errors == ""
    assert "reconstruction.png" in files(tmp_path / "out")
    record = json.loads((tmp_path / "out" / "result.json").read_text())
    assert record["stop"][0].startswith("interrupted after")


MEASURE = r"""
import re, sys
from inverse.cli import main
assert main(sys.argv[1:]) == 0
print(int(re.search(r"VmHWM:\s*(\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
@pytest.mark.parametrize("options", ["hog", "hogb --restarts 4", "dsift", "hogb --cell-size 2"])
def test_memory_of_a_small_photo(options):
    command = ["invert", HAT, "--out", "out", "--steps", "4", "--representation", *options.split()]
    process = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True)
    megabytes = int(process.stdout.split()[-1])
    assert megabytes < 500


def test_the_source_is_never_overwritten(tmp_path, small, capsys):
    photo = tmp_path / "reconstruction.png"
    photo.write_bytes((tmp_path / "small.png").read_bytes())
    before = photo.read_bytes()
    assert main(["invert", "reconstruction.png", "--steps", "2", "--out", "."]) == 2
    assert "cannot write into '.': it would replace 'reconstruction.png'" in capsys.readouterr().err
    assert photo.read_bytes() == before


def test_files_of_an_earlier_run_do_not_stay(tmp_path, small):
    out = tmp_path / "out"
    run = ["invert", small, "--steps", "4", "--out", "out"]
    assert main([*run, "--restarts", "3", "--snapshots", "2"]) == 0
    (out / "mine.txt").write_text("kept")
    assert main(run) == 0
    expected = ["comparison.png", "energy.png", "mine.txt", "reconstruction.png", "result.json"]
    assert files(out) == expected


def test_a_fault_is_told_and_what_there_is_is_saved(tmp_path, small, capsys):
    assert main(["invert", small, "--lambda-tv", "1e300", "--out", "out"]) == 2
    assert "values are not finite, in the term 'tv'" in capsys.readouterr().err
    assert "result.json" in files(tmp_path / "out")


@pytest.mark.slow
def test_a_photo_of_three_megapixels(tmp_path):
    large = inverse.resize(inverse.photos.photo("jacket"), 1500, 2000)
    inverse.write_image(tmp_path / "large.png", large)
    assert main(["invert", "large.png", "--steps", "4", "--out", "out"]) == 0
    assert inverse.read_image(tmp_path / "out" / "reconstruction.png").shape == (1500, 2000)


def test_help_and_version(capsys):
    for arguments in (["--help"], ["invert", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 0
    shown = capsys.readouterr().out
    assert "reconstruct an image from its code" in shown
    assert "inverse 0.1.0" in shown
