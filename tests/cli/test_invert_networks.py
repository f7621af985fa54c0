"""`inverse invert` with networks, run as users run it."""

import json

import pytest

import inverse
from inverse.cli import main
from tests.cli.running import files, refused


def test_invert_a_layer(tmp_path, photo, capsys):
    assert (
        main(["invert", photo, "--representation", "small", "--layer", "conv2", "--steps", "5"])
        == 0
    )
    out = tmp_path / "photo-small-conv2"
    assert files(out) == ["comparison.png", "energy.png", "reconstruction.png", "result.json"]
    record = json.loads((out / "result.json").read_text())
    assert record["representation"] == "small-conv2"
    assert record["image_shape"] == [131, 131, 3]
    assert record["preset"]["lambda_tv"] == 0.5
    assert record["stop"] == ["completed 5 steps"]
    assert inverse.read_image(out / "reconstruction.png").shape == (131, 131, 3)
    shown = capsys.readouterr()
    assert shown.out.startswith("small-conv2: completed 5 steps; code error ")
    assert shown.err == ""


@pytest.mark.parametrize(
    "options",
    [
        "--layer conv4 --neighborhood 2 2",
        "--layer conv5 --neighborhood 2 2 --at 0 5 --channels 0 5 9",
        "--layer conv3 --group 1 2",
        "--layer fc6 --loss inner --lambda-tv 5",
        "--layer fc6 --restarts 2 --snapshots 2",
        "--layer fc6 --restarts 2 --max-memory 0.2",
        "--layer conv4 --order BGR --mean 100 110 120 --std 60 --range 255",
        "--layer relu2 --size 80 100",
    ],
)
def test_options(tmp_path, options, capsys):
    hat = str(inverse.photos.path("hat"))
    command = ["invert", hat, "--representation", "small", "--steps", "5", "--out", "out"]
    assert main([*command, *options.split(), "--json"]) == 0
    shown = capsys.readouterr()
    record = json.loads(shown.out)
    assert shown.err == ""
    assert record["stop"] == ["completed 5 steps"] * len(record["stop"])
    assert "reconstruction.png" in files(tmp_path / "out")
    size = [80, 100] if "--size" in options else [131, 131]
    assert list(inverse.read_image(tmp_path / "out" / "reconstruction.png").shape[:2]) == size or (
        "--restarts" in options
    )


@pytest.mark.parametrize(
    "options", ["conv2 --neighborhood 2 2", "fc8 --unit 2 --loss inner", "conv1 --unit 2 3 4"]
)
def test_what_does_not_diverge_is_status_0(tmp_path, photo, options, capsys):
    """The smaller a part, the steeper its data term; a fault is told, and what there is is kept."""
    command = ["invert", photo, "--representation", "small", "--steps", "5", "--out", "out"]
    status = main([*command, "--layer", *options.split()])
    shown = capsys.readouterr()
    record = json.loads((tmp_path / "out" / "result.json").read_text())
    completed = record["stop"] == ["completed 5 steps"]
    assert status == (0 if completed else 2)
    assert shown.err.count("\n") == (0 if completed else 1)


def test_a_part_of_hog(photo):
    command = ["invert", photo, "--steps", "5", "--neighborhood", "2", "2", "--out", "out"]
    assert main(command) == 0


def test_a_file_of_ones_own(tmp_path, tiny, photo, capsys):
    command = ["invert", photo, "--representation", tiny, "--size", "20", "24", "--steps", "3"]
    assert main([*command, "--layer", "relu"]) == 0
    record = json.loads((tmp_path / "photo-tiny-relu" / "result.json").read_text())
    assert record["image_shape"] == [20, 24, 1]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["small", "--layer", "cnv2"], "got 'cnv2' (did you mean 'conv2'?)"),
        (["small", "--layer", "fc9"], "inverse: small.until: layer must be one of conv1, relu1"),
        (["small", "--cell-size", "4"], "--cell-size is no option of small"),
        (["small", "--bin-size", "4"], "--bin-size is no option of small"),
        (["small", "--no-texture"], "--no-texture is no option of small"),
        (["small", "--max-memory", "0.001"], "must be at least 1037568 bytes for an image of 131"),
        (["small", "--max-memory", "nan"], "--max-memory must be a positive number, got nan"),
        (["hog", "--size", "50", "50"], "--size is no option of hog"),
        (["hogb", "--mean", "3"], "--mean is no option of hogb"),
        (["dsift", "--order", "BGR"], "--order is no option of dsift"),
        (["dsift", "--layout", "NCHW"], "--layout is no option of dsift"),
        (["missing.onnx"], "must be one of hog, hogb, dsift, small, "),
        (["photo.png"], "is no ONNX"),
        (["."], "inverse: "),
        (["alexnet"], "run `inverse models fetch alexnet`"),
        (["broken.onnx"], "broken: node 'odd', operator Hardmax of opset 17, cannot be imported"),
        (["small", "--layer", "conv1", "--neighborhood", "99", "1"], "must be within the code of"),
        (["small", "--layer", "fc6", "--neighborhood", "1", "1"], "a neighborhood takes a code"),
        (
            ["small", "--layer", "conv1", "--neighborhood", "0", "1"],
            "Part.neighborhood must be two",
        ),
        (["small", "--layer", "conv1", "--neighborhood", "1"], "expected 2 arguments"),
        (["small", "--layer", "conv1", "--at", "1", "1"], "Part must have a neighborhood"),
        (["small", "--layer", "conv1", "--group", "2", "2"], "Part.group must be (k, of)"),
        (["small", "--layer", "conv1", "--channels", "64"], "channels must be below 64"),
        (
            ["small", "--layer", "conv1", "--unit", "1"],
            "unit (1,) must be within the code of shape",
        ),
        (["small", "--unit", "1", "--group", "0", "2"], "Part.unit must be given alone"),
        (["small", "--loss", "l2"], "argument --loss: invalid choice: 'l2'"),
    ],
)
def test_bad_options_are_one_line_and_status_2(
    tmp_path, monkeypatch, photo, broken, capsys, options, words
):
    monkeypatch.setenv("INVERSE_CACHE", str(tmp_path / "cache"))
    before = files(tmp_path)
    command = ["invert", "photo.png", "--steps", "3", "--representation"]
    assert words in refused(capsys, *command, *options)
    assert files(tmp_path) == before
