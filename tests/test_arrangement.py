"""How a batch is computed, and that its memory is bounded by argument."""

import numpy as np
import pytest

import inverse
from inverse import ParameterError, arrangement

PHOTO = inverse.photos.photo("hat")
FC6 = inverse.cnn("small").until("fc6")
QUICK = inverse.presets.fast(FC6).replace(steps=3)


def need(images, threads):
    """Bytes that a batch takes, in a run of six restarts."""
    loss = inverse.Euclidean(np.ones(FC6.layer.output_shape(FC6.input_shape), np.float32))
    shape = (images, *FC6.input_shape[1:])
    found = arrangement.arrange(FC6.layer, loss, shape, np.float32, threads)
    return found.total + arrangement.IMAGES * 6 * 4 * int(np.prod(shape[1:]))


@pytest.mark.parametrize("threads", ["1", "2"])
def test_restarts_in_batches_that_fit_are_the_same_to_the_bit(threads, monkeypatch):
    monkeypatch.setenv("INVERSE_NUM_THREADS", threads)
    sizes, fits = [], inverse.compiled.batch_that_fits

    def noted(*arguments):
        sizes.append(fits(*arguments))
        return sizes[-1]

    monkeypatch.setattr(inverse.compiled, "batch_that_fits", noted)

    def run(most):
        return inverse.invert(FC6, PHOTO, preset=QUICK, restarts=6, rng=3, max_memory=most)

    whole = run(None)
    for count in (6, 3, 2, 1):
        result = run(need(count, int(threads)))
        assert sizes.pop() == count
        assert np.array_equal(result.minimum.x, whole.minimum.x)
        for name, values in whole.history.items():
            assert np.array_equal(result.history[name], values)
    least = need(1, int(threads))
    words = f"max_memory must be at least {least} bytes for an image of 131x131x3, whose largest"
    with pytest.raises(ParameterError, match=words):
        run(least - 1)


@pytest.mark.parametrize("phi", [inverse.hog(), inverse.cnn("small")])
def test_an_image_that_is_too_large_is_refused_before_its_code_is_computed(phi, monkeypatch):
    monkeypatch.setattr(inverse.codes, "codes", lambda *_: pytest.fail("computed"))
    with pytest.raises(ParameterError, match=r"largest value, of '(sum|conv1)', takes \d+, got 10"):
        inverse.invert(phi, PHOTO, max_memory=10)


def test_a_bound_is_positive():
    with pytest.raises(ParameterError, match="invert.max_memory must be positive, got 0"):
        inverse.invert(inverse.hog(), PHOTO, max_memory=0)


def test_the_largest_values_are_counted():
    """Of six images together, six times those of one."""
    loss = inverse.Euclidean(np.ones(FC6.layer.output_shape(FC6.input_shape), np.float32))
    one, six = (
        arrangement.arrange(FC6.layer, loss, (n, *FC6.input_shape[1:]), np.float32, 1).memory
        for n in (1, 6)
    )
    assert six["values"] == 6 * one["values"]
    assert six["scratch"] == one["scratch"]
    shapes = FC6.layer.shapes(FC6.input_shape)
    assert one["values"] >= 4 * max(int(np.prod(shape)) for shape in shapes.values())


@pytest.mark.parametrize(
    ("images", "processes", "expected"),
    [(1, 2, 1), (2, 2, 1), (4, 2, 2), (16, 2, 4), (12, 2, 3), (20, 2, 2), (10, 4, 1), (5, 1, 1)],
)
def test_images_that_go_together_leave_no_process_idle(images, processes, expected):
    layer = inverse.cnn("small").until("conv5").layer
    shape = (images, *FC6.input_shape[1:])
    assert arrangement.group(layer, shape, processes) == expected


def test_images_of_histograms_go_alone():
    assert arrangement.group(inverse.hog().layer, (16, 64, 64, 1), 2) == 1
