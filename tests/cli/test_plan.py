"""`inverse plan`, run as users run it."""

import json
import math

import pytest

import inverse
from inverse.cli import main
from inverse.layers import Conv2d, Linear
from inverse.onnx.names import PAPER_NAMES
from tests.cli.running import refused


def planned(capsys, *arguments):
    assert main(["plan", *arguments, "--threads", "2", "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return json.loads(shown.out)


def test_a_network_as_a_table(capsys):
    assert main(["plan", "small", "--threads", "2"]) == 0
    shown = capsys.readouterr()
    title, heads, *rows = shown.out.splitlines()
    assert title == "small: steps for an image of 131x131x3"
    assert heads.split() == ["step", "kernel", "output", "MB", "weights", "GFLOP", "back", "way"]
    assert any(row.split()[:4] == ["conv4", "relu4", "Convolution", "7x7x160"] for row in rows)
    assert any(row.endswith("Winograd 4x4 of 5x5") for row in rows)
    assert rows[-2].startswith("images 1, 1 at once; processes ")
    assert rows[-1].startswith("MB of all images and processes: values ")
    assert shown.err == ""


def test_every_layer_is_in_one_step(capsys):
    found = planned(capsys, "small")
    (program,) = found["programs"]
    names = [name for row in program["steps"] for name in row["layers"]]
    assert [name for name in names if name not in ("preprocessing", "flatten")] == PAPER_NAMES
    assert len(set(names)) == len(names)


def test_operations_and_bytes_are_those_of_the_layers(capsys):
    net = inverse.cnn("small")
    layers, shapes = dict(net.layer), net.layer.shapes(net.input_shape)
    found = planned(capsys, "small")
    for row in found["programs"][0]["steps"]:
        first, last = layers[row["layers"][0]], row["layers"][-1]
        assert row["value"] == 4 * math.prod(shapes[last])
        if isinstance(first, Conv2d | Linear):
            # a filter goes with every place of the output, and a rectifier once over it
            products = first.weight.size * math.prod(shapes[last][1:-1])
            rectified = len(row["layers"]) - 1
            assert row["forward"] == 2 * products + rectified * math.prod(shapes[last])
            assert row["weights"] == 4 * (first.weight.size + first.bias.size)
    values = sum(row["value"] for row in found["programs"][0]["steps"])
    assert found["bytes"]["values"] == values + 4 * math.prod(net.input_shape)
    assert found["bytes"]["constants"] >= sum(
        row["transformed"] for row in found["programs"][0]["steps"]
    )


def test_batches_of_convolutions_share_buffers_and_those_of_weights_do_not(capsys):
    one = planned(capsys, "small", "--layer", "conv5")
    apart = planned(capsys, "small", "--layer", "conv5", "--batch", "5")
    together = planned(capsys, "small", "--layer", "fc6", "--batch", "5")
    assert one["copies"] == 1
    assert apart["copies"] == apart["processes"]
    assert together["copies"] == together["images"] == 5


def test_hog_in_strips(capsys):
    found = planned(capsys, "hog")
    assert found["image_shape"] == [256, 256, 1]
    assert len(found["programs"]) == 2
    steps = found["programs"][0]["steps"]
    assert [row["kernel"] for row in steps] == ["OrientedHistogram", "BlockHistogram"]
    assert main(["plan", "hog"]) == 0
    assert "the largest of 2 strips of an image of 256x256x1" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["hog", "hogb", "dsift"])
def test_shallow_representations_of_a_size(name, capsys):
    found = planned(capsys, name, "--size", "40", "48")
    assert found["image_shape"] == [40, 48, 1]
    assert min(found["bytes"][kind] for kind in ("values", "kept", "gradients", "scratch")) > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nix"], "MODEL must be one of hog, hogb, dsift, small, "),
        (["small", "--layer", "cnv2"], "got 'cnv2' (did you mean 'conv2'?)"),
        (["small", "--batch", "0"], "--batch must be at least 1, got 0"),
        (["small", "--threads", "0"], "threads must be a positive integer, got 0"),
        (["hog", "--mean", "3"], "--mean is no option of hog"),
        (["small", "--cell-size", "3"], "--cell-size is no option of small"),
        (["hog", "--size", "0", "5"], "--size must be two whole numbers >= 1, got 0 5"),
        (["hog", "--size", "2", "5"], "inverse: hog, layer 'gradient': ImageGradient takes"),
        ([], "the following arguments are required: MODEL"),
    ],
)
def test_bad_use_is_one_line_and_status_2(arguments, words, capsys):
    assert words in refused(capsys, "plan", *arguments)
