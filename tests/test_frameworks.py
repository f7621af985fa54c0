"""Functions of autograd, PyTorch and JAX, and plain objects, as representations."""

import builtins
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import inverse
from inverse.layers import AveragePool2d, Chain, Conv2d, ReLU
from inverse.representations import Representation
from inverse.representations.function import checked_code
from inverse.testing import check_layer

PHOTO = inverse.photos.photo("shirt")[100:150, 100:166]
ANGLES = np.arange(8) * np.pi / 4
GREY = {"channels": 1, "range": 255, "mean": 128}
PAGE = Path(__file__).parents[1] / "docs" / "frameworks.md"


def filters():
    """The eight filters (3, 3, 1, 8) whose responses are edges of eight directions."""
    weight = np.zeros((3, 3, 1, 8), np.float32)
    weight[1, 2, 0], weight[1, 0, 0] = np.cos(ANGLES), -np.cos(ANGLES)
    weight[2, 1, 0], weight[0, 1, 0] = np.sin(ANGLES), -np.sin(ANGLES)
    return weight


def by_layers():
    chain = {"edges": Conv2d(filters()), "relu": ReLU(), "cells": AveragePool2d((4, 4), (4, 4))}
    return Representation("layers", Chain(chain))


def edges(x, xp):
    across = x[:, 1:-1, 2:] - x[:, 1:-1, :-2]
    down = x[:, 2:, 1:-1] - x[:, :-2, 1:-1]
    found = across * np.cos(ANGLES) + down * np.sin(ANGLES)
    n, h, w, k = found.shape
    found = xp.where(found > 0, found, 0.0)
    return xp.mean(xp.reshape(found, (n, h // 4, 4, w // 4, 4, k)), axis=(2, 4))


def by_autograd(**given):
    anp = pytest.importorskip("autograd.numpy")
    return inverse.representation(lambda x: edges(x, anp), **{**GREY, **given})


def by_jax(**given):
    jnp = pytest.importorskip("jax.numpy")
    return inverse.from_jax(lambda x: edges(x, jnp), **{**GREY, **given})


def by_torch(layout="NCHW", **given):
    torch = pytest.importorskip("torch")
    conv = torch.nn.Conv2d(1, 8, 3, bias=False)
    conv.weight.data = torch.tensor(filters()).permute(3, 2, 0, 1)
    cells = torch.nn.Sequential(conv, torch.nn.ReLU(), torch.nn.AvgPool2d(4))
    if layout == "NHWC":

        class Turned(torch.nn.Module):
            def forward(self, x):
                return cells.to(x.dtype)(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

        return inverse.from_torch(Turned(), layout=layout, **{**GREY, **given})
    return inverse.from_torch(cells, **{**GREY, **given})


MAKERS = {"autograd": by_autograd, "jax": by_jax, "torch": by_torch}
FORMS = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@FORMS
def test_contract(make):
    x = 40 * np.random.default_rng(1).standard_normal((3, 10, 14, 1))
    check_layer(make(), x)


@FORMS
@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 1e-4), (np.float64, 1e-6)])
def test_equals_the_layers(make, dtype, close):
    phi, layers = make(), by_layers()
    rng = np.random.default_rng(2)
    x = (40 * rng.standard_normal((2, 14, 18, 1))).astype(dtype)
    (y, cache), (expected, known) = phi.forward(x), layers.forward(x)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = phi.backward(dy, cache)
    assert y.dtype == dx.dtype == dtype
    np.testing.assert_allclose(y, expected, atol=40 * close)
    np.testing.assert_allclose(dx, layers.backward(dy, known), atol=close)
    assert np.array_equal(dx, phi.backward(dy, cache))


def test_a_module_of_the_other_layout():
    phi, other = by_torch(), by_torch("NHWC")
    x = phi.encode(PHOTO)
    assert np.array_equal(phi(x), other(x))


@FORMS
def test_reaches_the_error_of_the_layers(make, monkeypatch):
    monkeypatch.setenv("INVERSE_NUM_THREADS", "1")  # JAX warns of any fork, and rightly
    phi = make()
    preset = inverse.presets.fast(phi).replace(steps=150)
    expected = inverse.invert(by_layers(), PHOTO, preset=preset, rng=0, normalizer=1.0)
    found = inverse.invert(phi, PHOTO, preset=preset, rng=0, normalizer=1.0)
    assert expected.relative_error < 0.12
    assert found.relative_error == pytest.approx(expected.relative_error, rel=0.05)
    assert found.energy == pytest.approx(expected.energy, rel=0.02)
    correlation = inverse.metrics.pixel_correlation(found.image, expected.image)
    assert correlation > 0.98


RESTARTS = """
import os, sys
import inverse
from tests.test_frameworks import MAKERS, PHOTO
phi = MAKERS[sys.argv[1]]()
phi(phi.encode(PHOTO))
for threads in ("1", "2"):
    os.environ["INVERSE_NUM_THREADS"] = threads
    preset = inverse.presets.fast(phi).replace(steps=5)
    result = inverse.invert(phi, PHOTO, preset=preset, restarts=3, rng=0)
    print(repr(result.energies.tolist()))
"""


@pytest.mark.parametrize("name", MAKERS)
def test_restarts_on_two_processors_end(name):
    """A forked process has none of the threads of these libraries, and would wait for ever."""
    pytest.importorskip(name)
    command = [sys.executable, "-c", RESTARTS, name]
    root = Path(__file__).parents[1]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    one, two = found.stdout.split("\n")[:2]
    assert one == two


@FORMS
def test_pictures_are_fitted(make):
    phi = make(size=(18, 22))
    color = np.random.default_rng(0).random((30, 40, 3))
    assert phi.encode(color).shape == (1, 18, 22, 1)
    assert phi.until("preprocessing").encode(color).dtype == np.float64
    assert make().encode(color).shape == (1, 30, 40, 1)
    three = make(channels=3)
    assert three.encode(PHOTO[..., :1].mean(axis=2)).shape == (1, 50, 66, 3)
    assert np.allclose(three.decode(three.encode(color))[0], color)


def test_the_function_is_given_what_is_asked_for():
    pytest.importorskip("autograd")
    given = {"mean": (0.5, 0.4, 0.3), "std": (0.1, 0.2, 0.3), "order": "BGR"}
    phi = inverse.representation(lambda x: x, name="same", **given)
    picture = np.random.default_rng(0).random((3, 4, 3))
    expected = (picture[..., ::-1] - (0.5, 0.4, 0.3)) / (0.1, 0.2, 0.3)
    assert np.allclose(phi(phi.encode(picture))[0], expected)
    assert phi.name == "same"
    with pytest.raises(inverse.InputError, match="same takes pictures of 3 channels"):
        phi.encode(np.zeros((3, 4, 2)))


def test_flat_codes_of_other_ranks_and_names():
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(), torch.nn.Linear(12, 5))
    net.train()
    phi = inverse.from_torch(net, channels=1)
    x = np.ones((2, 3, 4, 1), np.float32)
    assert phi(x).shape == (2, 5)
    assert np.array_equal(phi(x)[0], phi(x)[1])
    assert net.training
    assert all(p.requires_grad for p in net.parameters())
    assert phi.name == "sequential"


def test_a_code_that_does_not_depend_on_the_image_has_no_gradient():
    torch = pytest.importorskip("torch")

    class Detached(torch.nn.Module):
        def forward(self, x):
            return x.detach() + 1

    phi = inverse.from_torch(Detached())
    result = inverse.invert(phi, PHOTO, preset=inverse.presets.fast().replace(steps=2))
    assert "none comes back through layer 'function' (_Torch)" in result.stop


def test_jax_is_left_as_it_was():
    jax = pytest.importorskip("jax")
    phi = by_jax()
    phi(phi.encode(PHOTO.astype(np.float64)))
    assert jax.numpy.zeros(1).dtype == np.float32


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_examples_of_the_docs(name):
    """Those of autograd and of plain objects are doctests."""
    pytest.importorskip(name)
    blocks = re.findall(
        rf"^```python {name}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 1
    for block in blocks:
        exec(compile(block, f"{PAGE.name} ({name})", "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    ("fn", "error", "message"),
    [
        (lambda x: [x], inverse.InputError, "array of floats, got list"),
        (lambda x: x > 0, inverse.InputError, "array of floats, got an array of bool"),
        (
            lambda x: x.sum(),
            inverse.ShapeError,
            r"for each of 1 images, .*\(1, ...\), got shape \(\)",
        ),
        (lambda x: x[0], inverse.ShapeError, r"of shape \(1, ...\), got shape \(50, 66, 3\)"),
    ],
)
def test_what_a_function_must_give(fn, error, message):
    with pytest.raises(error, match=f"mine: the function must give .*{message}"):
        checked_code(fn(PHOTO[None]), PHOTO[None], "mine")


@pytest.mark.parametrize("name", MAKERS)
def test_what_a_function_must_give_is_asked_for(name):
    library = pytest.importorskip(name)
    if name == "torch":

        class First(library.nn.Module):
            def forward(self, x):
                return x[0]

        phi = inverse.from_torch(First())
    else:
        take = inverse.representation if name == "autograd" else inverse.from_jax
        phi = take(lambda x: x[0])
    with pytest.raises(inverse.ShapeError, match="must give one code for each of 1 images"):
        phi(phi.encode(PHOTO))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: inverse.representation(3), inverse.ParameterError, "takes a function, got int"),
        (lambda: inverse.representation(abs, layout="NHWC"), inverse.ParameterError, "no layout"),
        (
            lambda: inverse.representation(abs, sise=3),
            inverse.InputError,
            "representation: .*'sise'",
        ),
        (lambda: inverse.representation(abs, std=0), inverse.InputError, "std must be positive"),
    ],
)
def test_errors(call, error, message):
    pytest.importorskip("autograd")
    with pytest.raises(error, match=message):
        call()


def test_errors_of_torch():
    pytest.importorskip("torch")
    with pytest.raises(inverse.ParameterError, match=r"takes a torch.nn.Module, got function"):
        inverse.from_torch(lambda x: x)
    with pytest.raises(inverse.ParameterError, match="layout must be one of NCHW, NHWC, got 'HWC'"):
        inverse.from_torch(None, layout="HWC")


@pytest.mark.parametrize(
    ("take", "package"),
    [
        (inverse.representation, "autograd"),
        (inverse.from_torch, "torch"),
        (inverse.from_jax, "jax"),
    ],
)
def test_without_the_package(take, package, monkeypatch):
    usual = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == package:
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(inverse.InputError, match=rf"{package}: pip install 'inverse\[{package}\]'"):
        take(abs)
