"""The compiled objective equals the plain one; workers begin, answer, fail and end cleanly."""

import gc
import multiprocessing
import time
from contextlib import closing

import numpy as np
import pytest

import inverse
from inverse import Euclidean, InnerProduct, Objective, image_strips
from inverse.compiled import CompiledObjective
from inverse.layers import Layer
from inverse.noise import noise
from inverse.objective import Term

SHAPE = (3, 40, 44, 1)


def children():
    """Processes that this one began, but for those of joblib's pool, which other tests leave."""
    return [p for p in multiprocessing.active_children() if "Loky" not in p.name]


def make(phi, dtype, threads=None, loss=Euclidean, mask=None):
    code = phi(phi.encode(inverse.resize(inverse.photos.photo("shirt"), 40, 44).astype(dtype)))
    terms = inverse.presets.cvpr2015(phi).terms(SHAPE[1:])
    weights = None if mask is None else np.random.default_rng(0).random((*code.shape[:3], 1)) < mask
    plain = Objective(phi, loss(code, weights), terms, 2900.0)
    return plain, CompiledObjective(plain, phi.layer, SHAPE, dtype, threads)


@pytest.fixture(params=["whole", "strips"])
def divided(request, monkeypatch):
    """Images that are not cut, and images that are."""
    if request.param == "strips":
        monkeypatch.setattr(image_strips, "LEAST_PIXELS", 1)
        monkeypatch.setattr(image_strips, "MOST_ROWS", 5)
        assert len(image_strips.strips(inverse.hog().layer, SHAPE)) == 4


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize(
    "phi",
    # the last: descriptors so far apart that there are pixels between and after which count in none
    [inverse.hog(), inverse.hog(bilinear=True), inverse.dsift(), inverse.dsift(2, 12)],
)
def test_equals_the_plain_objective(phi, threads, divided):
    x = noise(SHAPE, 0, np.float64)
    plain, compiled = make(phi, np.float64, threads)
    assert_equal(compiled, plain, x)


@pytest.mark.parametrize("loss", [Euclidean, InnerProduct])
def test_equals_with_any_loss_and_mask(loss, divided):
    x = noise(SHAPE, 0, np.float64)
    plain, compiled = make(inverse.hog(), np.float64, 2, loss, mask=0.4)
    assert_equal(compiled, plain, x)


def assert_equal(compiled, plain, x):
    with closing(compiled):
        for _ in range(4):  # as it is, written down, and repeated
            found, expected = compiled(x), plain(x)
            assert found.energy == pytest.approx(expected.energy, rel=1e-9)
            assert found.gradient == pytest.approx(expected.gradient, rel=1e-9, abs=1e-9)
            assert found.signal == pytest.approx(expected.signal, rel=1e-9)
            for name, values in expected.parts.items():
                assert found.parts[name] == pytest.approx(values, rel=1e-9)
            x = x - 1e-4 * expected.gradient


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("phi", [inverse.hog(bilinear=True), inverse.dsift(3, 4)])
def test_an_image_is_computed_as_alone_to_the_last_bit(threads, phi, divided):
    x = noise(SHAPE, 0)
    plain, compiled = make(phi, np.float32, threads)
    with closing(compiled):
        together = compiled(x)
    for alone_threads in (1, 2):
        alone = CompiledObjective(plain, phi.layer, (1, *SHAPE[1:]), np.float32, alone_threads)
        with closing(alone):
            for n in range(3):
                found = alone(x[n : n + 1])
                assert np.array_equal(found.gradient[0], together.gradient[n])
                assert found.energy[0] == together.energy[n]
                assert found.signal[0] == together.signal[n]


def test_any_regularizer():
    class Sum:
        """Σ x."""

        def value_and_grad(self, x):
            return x.sum(axis=(1, 2, 3)), np.ones_like(x)

    phi, x = inverse.hog(), noise(SHAPE, 0, np.float64)
    code = phi(x[:1] * 2900)
    terms = {"sum": Term(0.3, Sum()), "tv": Term(2.0, inverse.TotalVariation(1.5))}
    plain = Objective(phi, Euclidean(code), terms, 2900.0)
    assert_equal(CompiledObjective(plain, phi.layer, SHAPE, x.dtype, 2), plain, x)


def test_gradients_are_new_each_time():
    x = noise(SHAPE, 0)
    with closing(make(inverse.hog(), np.float32, 2)[1]) as compiled:
        first = compiled(x).gradient
        before = first.copy()
        compiled(-x)
        assert np.array_equal(first, before)


def test_workers_end_when_closed_and_with_the_object():
    x = noise(SHAPE, 0)
    with closing(make(inverse.hog(), np.float32, 3)[1]) as compiled:
        compiled(x)
        assert len(children()) == 2
    assert children() == []
    compiled = make(inverse.hog(), np.float32, 2)[1]
    compiled(x)
    assert len(children()) == 1
    del compiled
    gc.collect()
    assert children() == []


def test_many_workers_end_at_once():
    started = time.monotonic()
    for _ in range(3):
        with closing(make(inverse.hog(), np.float32, 3)[1]) as compiled:
            compiled(noise(SHAPE, 0))
    assert time.monotonic() - started < 3  # a worker that must be ended by force takes a second
    assert children() == []


class Fails(Layer):
    """A layer that takes no negative mean."""

    def output_shape(self, shape):
        return shape

    def forward(self, x):
        if x.mean() < 0:
            raise RuntimeError("a negative mean")
        return x, None

    def backward(self, dy, cache):
        return dy


def test_an_error_in_a_worker_reaches_the_caller():
    plain = Objective(Fails(), Euclidean(np.ones((1, 4, 5, 1))), {}, 1.0)
    x = np.ones((2, 4, 5, 1))
    x[0] = -1  # the first image is a worker's
    with (
        closing(CompiledObjective(plain, Fails(), x.shape, x.dtype, threads=2)) as compiled,
        pytest.raises(RuntimeError, match="a negative mean"),
    ):
        compiled(x)
