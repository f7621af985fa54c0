"""The command line with networks, run as users run it."""

import json
import subprocess
import sys

import pytest

import inverse
from inverse.cli import main
from inverse.onnx.names import PAPER_NAMES
from tests.cli.running import refused
from tests.onnx.building import conv, model, node, save

# layers


def test_layers_as_a_table(capsys):
    assert main(["layers", "small"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    heads, *rows = shown.out.splitlines()
    assert heads.split() == ["name", "op", "output", "parameters", "field", "stride", "center"]
    assert [row.split()[0] for row in rows if "flatten" not in row][1:] == PAPER_NAMES


def test_layers_as_json(capsys):
    assert main(["layers", "small", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["conv1"]["op"] == "Conv2d"
    assert set(rows["conv1"]) == {"name", "op", "shape", "parameters", "field"}
    assert set(rows["conv1"]["field"]) == {"size", "stride", "center"}
    assert rows["fc6"]["field"] is None
    assert len(rows["conv1"]["shape"]) == 4


def test_layers_of_a_size(tiny, capsys):
    assert "give size=(height, width) (--size)" in refused(capsys, "layers", tiny)
    assert main(["layers", tiny, "--size", "20", "30", "--json"]) == 0
    rows = {row["name"]: row["shape"] for row in json.loads(capsys.readouterr().out)}
    assert rows["relu"] == [1, 18, 28, 4]


def test_layers_of_a_network_with_a_fault(broken, capsys):
    assert main(["layers", broken]) == 0
    shown = capsys.readouterr()
    assert "conv" in shown.out
    assert shown.err.startswith("inverse: node 'odd', operator Hardmax of opset 17, cannot be")
    assert shown.err.count("\n") == 1


# check


def test_check(capsys):
    assert main(["check", "small"]) == 0
    shown = capsys.readouterr()
    for name in PAPER_NAMES:
        assert name in shown.out
    assert "within 0.0001" in shown.out


def test_check_as_json(capsys, photo):
    assert main(["check", "small", "--json", "--image", photo]) == 0
    content = json.loads(capsys.readouterr().out)
    text = json.dumps(content)
    for name in PAPER_NAMES:
        assert f'"{name}"' in text


def test_a_tolerance_is_no_negative_number(capsys):
    assert main(["check", "small", "--tolerance", "-1"]) == 2
    assert "--tolerance must be at least 0, got -1" in capsys.readouterr().err


def test_check_above_the_tolerance(capsys):
    assert main(["check", "small", "--tolerance", "0"]) == 2
    assert "above 0" in capsys.readouterr().out


def test_check_of_a_size_and_of_grey_pictures(tiny, capsys):
    assert main(["check", tiny, "--size", "20", "30", "--range", "255", "--mean", "128"]) == 0
    assert "mean" in capsys.readouterr().out


def test_check_of_a_network_with_a_fault(broken, capsys):
    assert main(["check", broken]) == 2
    shown = capsys.readouterr()
    assert "node 'odd'" in shown.err
    assert shown.err.count("\n") == 1


def test_check_of_values_that_are_not_finite(tmp_path, capsys):
    """NaN is within no tolerance, even where both sides agree on it."""
    first, filters = conv()
    nodes = [first, node("Log", "c", "l", "log"), node("Relu", "l", "y")]
    path = save(tmp_path, model(*nodes, **filters))
    assert main(["check", str(path)]) == 2
    shown = capsys.readouterr()
    assert "log" in shown.out
    assert "within" not in shown.out
    assert "Traceback" not in shown.err


def test_check_of_values_that_are_not_finite_as_json(tmp_path, capsys):
    first, filters = conv()
    path = save(tmp_path, model(first, node("Log", "c", "y", "log"), **filters))
    assert main(["check", str(path), "--json"]) == 2
    out = capsys.readouterr().out
    json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_check_of_a_fixed_number_of_images(tmp_path, capsys, layout):
    first, filters = conv("t w")
    kind = {"NCHW": ("Identity", {}), "NHWC": ("Transpose", {"perm": [0, 3, 1, 2]})}[layout]
    shape = (4, 3, 8, 9) if layout == "NCHW" else (4, 8, 9, 3)
    nodes = [node(kind[0], "x", "t", **kind[1]), first, node("Relu", "c", "y")]
    path = save(tmp_path, model(*nodes, shape=shape, **filters))
    assert main(["check", str(path), "--layout", layout]) == 0
    assert "within" in capsys.readouterr().out


def test_check_of_other_numbers_of_channels(tmp_path, capsys):
    first, filters = conv(channels=(5, 4))
    path = save(tmp_path, model(first, output="c", shape=(1, 5, 8, 9), **filters))
    assert "takes pictures of 5 channels" in refused(capsys, "check", str(path))


@pytest.mark.parametrize("command", ["layers", "check"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.onnx"], "model 'missing.onnx' must be an ONNX file or one of small, "),
        (["text.onnx"], "is no ONNX"),
        (["."], "must be an ONNX file or one of"),
        (["alexnet"], "model 'alexnet' is not here yet: run `inverse models fetch alexnet`"),
        (["small", "--mean", "1", "2"], "Preprocessing.mean must be a number, or 3 of them"),
        (["small", "--std", "0"], "Preprocessing.std must be positive"),
        (["small", "--range", "-1"], "Preprocessing.range must be positive, got -1.0"),
        (["small", "--order", "GBR"], "argument --order: invalid choice: 'GBR'"),
        (["small", "--size", "0", "5"], "Preprocessing.size must be two whole numbers"),
        (["small", "--size", "5"], "argument --size: expected 2 arguments"),
        (["small", "--size", "10", "10"], "inverse: "),
        ([], "the following arguments are required: MODEL"),
    ],
)
def test_bad_use_is_one_line_and_status_2(tmp_path, monkeypatch, capsys, command, arguments, words):
    monkeypatch.setenv("INVERSE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "text.onnx").write_text("no model")
    assert words in refused(capsys, command, *arguments)


def test_a_wrong_json_file_beside_the_model(tiny, tmp_path, capsys):
    for content, words in (
        ("{", "tiny.json' is no JSON file"),
        ('{"input": {"colour": 1}}', "got 'colour'"),
        ('{"input": {"std": 0}}', "Preprocessing.std must be positive"),
    ):
        (tmp_path / "tiny.json").write_text(content)
        assert words in refused(capsys, "layers", tiny, "--size", "20", "30")


# models


def test_models_list(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("INVERSE_CACHE", str(tmp_path / "cache"))
    assert main(["models", "list"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(inverse.models.names())
    assert rows[0].endswith("here")
    assert rows[1].endswith("to be fetched")
    assert main(["models", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in found] == list(inverse.models.names())
    assert [row["fetched"] for row in found] == [True, *[False] * (len(found) - 1)]


def test_the_embedded_network_needs_no_fetching(capsys):
    assert main(["models", "fetch", "small"]) == 0
    assert capsys.readouterr().out.strip().endswith("small.onnx")


def test_models_bad_use(capsys):
    assert "required: ACTION" in refused(capsys, "models")
    assert "invalid choice: 'sell'" in refused(capsys, "models", "sell")
    assert "nothing-like-it" in refused(capsys, "models", "fetch", "nothing-like-it")


def test_as_a_program():
    command = [sys.executable, "-m", "inverse", "layers", "small"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "conv5" in done.stdout
    command[-1] = "nothing"
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("inverse: model 'nothing' must be an ONNX file or one of small")
    assert "Traceback" not in done.stderr
