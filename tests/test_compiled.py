"""The compiled objective equals the plain one; workers begin, answer, fail and end cleanly."""

import multiprocessing
import time
from contextlib import closing

import numpy as np
import pytest

import inverse
from inverse import Euclidean, Objective
from inverse.compiled import CompiledObjective
from inverse.inversion import noise
from inverse.layers import Layer

SHAPE = (3, 40, 44, 1)


def make(phi, dtype, threads=None):
    code = phi(phi.encode(inverse.resize(inverse.photos.photo("shirt"), 40, 44).astype(dtype)))
    terms = inverse.presets.cvpr2015(phi).terms(SHAPE[1:])
    plain = Objective(phi, Euclidean(code), terms, 2900.0)
    return plain, CompiledObjective(plain, phi.layer, SHAPE, dtype, threads)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("phi", [inverse.hog(), inverse.hog(bilinear=True), inverse.dsift()])
def test_equals_the_plain_objective(phi, threads):
    x = noise(SHAPE, 0, np.float64)
    plain, compiled = make(phi, np.float64, threads)
    with closing(compiled):
        for _ in range(2):
            found, expected = compiled(x), plain(x)
            assert found.energy == pytest.approx(expected.energy, rel=1e-9)
            assert found.gradient == pytest.approx(expected.gradient, rel=1e-9, abs=1e-9)
            assert found.signal == pytest.approx(expected.signal, rel=1e-9)
            for name, values in expected.parts.items():
                assert found.parts[name] == pytest.approx(values, rel=1e-9)
            x = x - 1e-4 * expected.gradient


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_an_image_is_computed_as_alone_to_the_last_bit(threads):
    phi, x = inverse.hog(bilinear=True), noise(SHAPE, 0)
    plain, compiled = make(phi, np.float32, threads)
    with closing(compiled):
        together = compiled(x)
    alone = CompiledObjective(plain, phi.layer, (1, *SHAPE[1:]), np.float32)
    for n in range(3):
        assert np.array_equal(alone(x[n : n + 1]).gradient[0], together.gradient[n])


def test_gradients_are_new_each_time():
    x = noise(SHAPE, 0)
    with closing(make(inverse.hog(), np.float32, 2)[1]) as compiled:
        first = compiled(x).gradient
        before = first.copy()
        compiled(-x)
        assert np.array_equal(first, before)


def test_workers_end_when_closed_and_with_the_object():
    with closing(make(inverse.hog(), np.float32, 3)[1]):
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []
    compiled = make(inverse.hog(), np.float32, 2)[1]
    assert len(multiprocessing.active_children()) == 1
    del compiled
    assert multiprocessing.active_children() == []


def test_many_workers_end_at_once():
    started = time.monotonic()
    for _ in range(3):
        make(inverse.hog(), np.float32, 3)[1].close()
    assert time.monotonic() - started < 3  # a worker that must be ended by force takes a second
    assert multiprocessing.active_children() == []


def test_a_worker_in_the_midst_of_an_evaluation_is_ended():
    _, compiled = make(inverse.hog(), np.float32, 2)
    compiled._workers[0].begin(noise((2, *SHAPE[1:]), 0))
    compiled.close()
    assert multiprocessing.active_children() == []


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
