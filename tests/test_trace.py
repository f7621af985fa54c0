"""trace(): the figures of every layer, and advice that has been tried."""

import json

import numpy as np
import pytest

import inverse
from inverse.layers import Add, Chain, Clamp, Clip, Conv2d, Graph, Node, ReLU
from inverse.layers.faults import first_not_finite, first_without_gradient
from inverse.layers.signals import signals
from inverse.objective import Objective
from inverse.trace import trace
from inverse.trace.starts import noisy_start

PHOTO = inverse.photos.photo("hat")[64:112, 80:144]
SMALL = inverse.cnn("small")


def shifted(bias, scale=0.01):
    """A convolution of grey levels, and a ReLU that is shut where the image is not bright."""
    weight = np.full((1, 1, 1, 2), scale, np.float32)
    conv = Conv2d(weight, np.full(2, bias, np.float32))
    return Chain({"conv": conv, "relu": ReLU(), "out": Conv2d(np.ones((1, 1, 2, 3), np.float32))})


def rows_of(found):
    return {row.name: row for row in found.rows}


@pytest.mark.parametrize("phi", [inverse.hog(), inverse.dsift(), SMALL.until("norm2")])
def test_figures_are_those_of_the_layers(phi):
    found = trace(phi, "noise", PHOTO, rng=4)
    loss = inverse.Euclidean(phi(phi.encode(PHOTO)))
    preset = inverse.presets.fast(phi)
    if preset.straight_through:  # whose backward is another one
        found = trace(phi, "noise", PHOTO, rng=4, preset=preset.replace(straight_through=0.0))
    plain = Objective(phi, loss, {})(found.x)
    assert found.loss == pytest.approx(plain.parts["data"][0], rel=1e-5)
    np.testing.assert_allclose(found.dx, plain.gradient, rtol=1e-4, atol=1e-6 * abs(found.dx).max())
    x = found.x
    assert [row.name for row in found.rows] == [name for name, _ in phi]
    for name in ("gradient", "cells") if isinstance(phi, inverse.Hog) else ():
        row = rows_of(found)[name]
        assert row.y == pytest.approx(float(np.linalg.norm(phi.until(name)(x))), rel=1e-5)
        assert row.shape == phi.until(name)(x).shape


def test_dy_is_the_gradient_at_the_layers_output():
    """By the chain rule from behind: the rest of the chain as a representation of its own."""
    chain = inverse.hog(bilinear=True).layer
    x = noisy_start(inverse.hog(), np.zeros((1, 24, 32, 1)), 1.0, 0.0)
    code = chain(inverse.hog().encode(PHOTO.astype(float))[:, :24, :32])
    y, _ = chain.forward(x)
    rows, _ = signals(chain, x, inverse.Euclidean(code).value_and_grad(y)[1])
    names = list(chain.layers)
    for k, row in enumerate(rows[:-1]):
        rest = Chain({n: chain.layers[n] for n in names[k + 1 :]})
        end, cache = rest.forward(chain.until(row.name)(x))
        dy = rest.backward(inverse.Euclidean(code).value_and_grad(end)[1], cache)
        assert row.dy == pytest.approx(float(np.linalg.norm(dy)), rel=1e-9)


def test_shares_of_dead_and_clamped_units():
    x = np.array([-1.0, 0.0, 0.5, 3.0, 7.0, 8.0, 9.0, 10.0]).reshape(1, 2, 4, 1)
    cases = [
        (ReLU(), 0.25, 0.0),
        (Clip(0, 6), 0.125, 0.5),
        (Clamp(4.0), 0.0, 0.5),
        (inverse.layers.Tanh(), 0.0, 0.0),
        (inverse.layers.HardSigmoid(), 0.0, 0.625),
    ]
    for layer, dead, clamped in cases:
        (row,), _ = signals(Chain({"gate": layer}), x, np.ones_like(x))
        assert (row.dead, row.clamped) == (dead, clamped), layer
    (row,), _ = signals(Chain({"scale": Conv2d(np.ones((1, 1, 1, 1)))}), x, np.ones_like(x))
    assert row.dead is None
    assert row.silent == 0


def test_a_graph_adds_what_its_branches_give_back():
    conv = Conv2d(np.full((1, 1, 1, 1), 2.0))
    graph = Graph(
        {
            "stem": Node(conv, ("input",)),
            "low": Node(Clamp(1.0), ("stem",)),
            "sum": Node(Add(), ("low", "stem")),
        }
    )
    x = np.array([[[[0.25], [3.0]]]])
    rows, dx = signals(graph, x, np.array([[[[1.0], [10.0]]]]))
    found = {row.name: row for row in rows}
    assert dx.ravel().tolist() == [4.0, 20.0]
    assert found["stem"].dy == pytest.approx(np.hypot(2, 10))
    assert found["sum"].dy == found["low"].dy == pytest.approx(np.hypot(1, 10))
    assert found["low"].clamped == found["low"].silent == 0.5
    assert [row.name for row in rows] == ["stem", "low", "sum"]


def test_a_dead_layer_is_named_and_the_advice_holds():
    phi = shifted(-0.5)  # open only where a grey level is 50 above the mean
    found = trace(phi, "grey", PHOTO)
    (advice,) = found.advice
    words = "'relu' (ReLU) passes no gradient from this start: 100 % dead; start from noise ("
    assert advice.startswith(f"{words}start_norm=")
    assert not found.dx.any()
    assert rows_of(found)["relu"].dead == 1
    norm, color = (
        float(part.split("=")[1]) for part in advice.split("(")[2].split(")")[0].split(",")
    )
    preset = inverse.presets.fast().replace(start_norm=norm, start_color=color, steps=3)
    assert trace(phi, "noise", PHOTO, preset=preset).dx.any()
    weak = preset.replace(start_norm=0.01)
    assert not trace(phi, "noise", PHOTO, preset=weak).dx.any()
    result = inverse.invert(phi, PHOTO, preset=weak)
    assert result.stop.startswith(
        "stopped at step 0: the gradient is zero, none comes back through layer 'relu' (ReLU)"
    )
    assert inverse.invert(phi, PHOTO, preset=preset).stop == "completed 3 steps"


def test_a_photo_is_advised_where_noise_does_not_help():
    class OfPhotos:
        """The image itself, but what is no photo gets no gradient."""

        def forward(self, x):
            return x + 1, abs(x).max() <= 128 and abs(x.mean()) > 5

        def backward(self, dy, cache):
            return dy * np.float32(cache)

    (advice,) = trace(OfPhotos(), "grey", PHOTO).advice
    assert advice == (
        "'all' (OfPhotos) passes no gradient from this start; "
        "start from a photo (inverse.photos.photo('hat'))"
    )


def test_where_nothing_helps_that_is_said():
    phi = Chain(
        {"relu": ReLU(), "low": Clamp(1e-9), "out": Conv2d(np.ones((1, 1, 1, 2), np.float32))}
    )
    x = np.full((1, 48, 64, 1), 5.0, np.float32)
    (advice,) = trace(phi, x, np.ones((1, 48, 64, 2), np.float32)).advice
    assert advice == (
        "'low' (Clamp) passes no gradient from this start: 100 % clamped; nor does any other start "
        "that was tried help"
    )


def test_a_nearly_dead_layer_is_named():
    phi = shifted(-1.0)
    x = np.full((1, 48, 64, 1), -100, np.float32)
    x[0, 0, 0, 0] = 110
    (advice,) = trace(phi, x, PHOTO).advice
    assert advice.startswith(
        "of 'relu' (ReLU) only 0.033 % of the units pass a gradient; start from noise ("
    )
    assert advice.endswith("% do")


def test_values_that_are_not_finite_are_counted_and_the_layer_named():
    weight = np.full((1, 1, 1, 1), 3e38, np.float32)
    phi = Chain({"relu": ReLU(), "huge": Conv2d(weight)})
    x = np.full((1, 4, 5, 1), 0.1, np.float32)
    target = phi(x)
    x[0, :2, 0] = 9
    found = trace(phi, x, target)
    assert found.advice == ("values are not finite, first in layer 'huge' (Conv2d)",)
    assert rows_of(found)["huge"].y_not_finite == 2
    assert "not finite" in str(found).splitlines()[1]
    text = json.dumps(found.as_dict(), allow_nan=False)
    assert json.loads(text)["layers"][1]["y"] is None


def test_an_object_of_ones_own_is_one_layer():
    class Blocks:
        def forward(self, x):
            n, h, w, c = x.shape
            return x.reshape(n, h // 4, 4, w // 4, 4, c).mean(axis=(2, 4)), None

        def backward(self, dy, cache):
            return np.repeat(np.repeat(dy, 4, axis=1), 4, axis=2) / 16

    found = trace(Blocks(), "noise", PHOTO)
    assert [(row.name, row.op, row.shape) for row in found.rows] == [
        ("all", "Blocks", (1, 12, 16, 1))
    ]
    assert found.advice == ()


def test_starts_and_targets():
    phi = inverse.hog(bilinear=True)
    x, code = phi.encode(PHOTO), phi(phi.encode(PHOTO))
    by_picture, by_name, by_code = (
        trace(phi, *pair) for pair in ((PHOTO, PHOTO), ("photo", PHOTO), (x, code))
    )
    assert np.array_equal(by_picture.x, by_name.x)
    assert np.array_equal(by_picture.x, by_code.x)
    assert by_picture.loss == by_name.loss == by_code.loss == 0
    assert by_name.dx.any()
    grey = trace(phi, "grey", PHOTO).x
    assert np.allclose(phi.decode(grey)[0], 0.5)
    preset = inverse.presets.fast(phi).replace(start_norm=2.0, steps=1)
    start = trace(phi, "noise", PHOTO, preset=preset, rng=5).x
    result = inverse.invert(phi, PHOTO, preset=preset, rng=5, snapshots=1)
    assert np.allclose(phi.decode(start)[0], result.snapshots[0][1][0], atol=1e-5)
    assert trace(phi, "noise", PHOTO.astype(float)).dx.dtype == np.float64


def test_printing_leaves_out_columns_without_figures():
    text = str(trace(SMALL.until("conv1"), "photo", PHOTO))
    assert text.splitlines()[1].split() == ["layer", "op", "output", "|y|", "|dy|", "silent"]


@pytest.mark.parametrize(
    ("x", "target", "error", "message"),
    [
        ("white", PHOTO, inverse.ParameterError, "x must be an array or one of noise, .*'white'"),
        (
            np.zeros((2, 48, 64, 1)),
            PHOTO,
            inverse.ShapeError,
            r"\(1, H, W, C\), got \(2, 48, 64, 1\)",
        ),
        (
            np.zeros((1, 48, 64, 1), int),
            PHOTO,
            inverse.InputError,
            "trace.x takes float32 .* int64",
        ),
        ("grey", np.zeros((1, 6, 8, 31)), inverse.ShapeError, "with x='grey' must be a picture"),
        (
            PHOTO,
            np.zeros((1, 5, 5, 31)),
            inverse.ShapeError,
            "no code of shape .* must be a picture",
        ),
        (
            PHOTO[:40],
            PHOTO,
            inverse.ShapeError,
            "must be a picture like x, of shape .*40.* got .*48",
        ),
        (PHOTO, np.zeros((1, 6, 8, 31), int), inverse.InputError, "trace.target takes float32"),
    ],
)
def test_errors(x, target, error, message):
    with pytest.raises(error, match=message):
        trace(inverse.hog(), x, target)


def test_faults_of_what_is_no_chain_are_not_known():
    x = np.ones((1, 2, 2, 1))
    chain = Chain({"a": ReLU()})
    assert first_without_gradient(ReLU(), x, x) is None
    assert first_without_gradient(chain, x, 0 * x) is None
    assert first_not_finite(ReLU(), x, x) is None
    assert first_not_finite(chain, np.nan * x, x) is None
    assert first_not_finite(chain, x, np.nan * x) is None
    assert first_not_finite(chain, x, x) is None
