"""Poisson editing against dense least squares, exact images and the mean-value property."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inverse.baselines.nearest_patch import blend, fill
from inverse.errors import InputError, ShapeError
from tests.support import normal, seeds

sizes = st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda s: s[0] != s[1])


def some(seed, array, share):
    """The array with some values unknown."""
    unknown = np.random.default_rng(seed).random(array.shape) < share
    return np.where(unknown, np.nan, array)


def neighbors(shape, i, j):
    places = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
    return [(y, x) for y, x in places if 0 <= y < shape[0] and 0 <= x < shape[1]]


def pairs(down, across):
    """Every known pair of neighbors with its guidance, pair by pair."""
    for (i, j), g in np.ndenumerate(down):
        if np.isfinite(g):
            yield (i, j), (i + 1, j), g
    for (i, j), g in np.ndenumerate(across):
        if np.isfinite(g):
            yield (i, j), (i, j + 1), g


def connected(shape, down, across):
    """The sets of pixels that known pairs connect, by merging."""
    sets = {at: {at} for at in np.ndindex(*shape)}
    for p, q, _ in pairs(down, across):
        if sets[p] is not sets[q]:
            sets[p] |= sets[q]
            for at in sets[q]:
                sets[at] = sets[p]
    return {id(own): sorted(own) for own in sets.values()}.values()


def dense(values, down, across):
    """Least squares with a full matrix: one row for each pair, and one for the mean of each set."""
    rows, right = [], []
    for p, q, g in pairs(down, across):
        row = np.zeros(values.shape)
        row[p], row[q] = -1, 1
        rows.append(row.ravel())
        right.append(g)
    for places in connected(values.shape, down, across):
        row = np.zeros(values.shape)
        for at in places:
            row[at] = 1
        rows.append(row.ravel())
        right.append(sum(values[at] for at in places))
    return np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0].reshape(values.shape)


@settings(max_examples=40)
@given(sizes, st.sampled_from([0, 0.2, 0.6, 1]), seeds)
def test_blend_equals_a_dense_solution(shape, share, seed):
    h, w = shape
    values = normal(seed, shape)
    down = some(seed + 1, normal(seed + 2, (h - 1, w)), share)
    across = some(seed + 3, normal(seed + 4, (h, w - 1)), share)
    found = blend(values, down, across)
    np.testing.assert_allclose(found, dense(values, down, across), atol=1e-10)


@settings(max_examples=40)
@given(sizes, seeds)
def test_the_differences_of_an_image_give_it_back(shape, seed):
    image, other = normal(seed, shape), normal(seed + 1, shape)
    found = blend(other, np.diff(image, axis=0), np.diff(image, axis=1))
    np.testing.assert_allclose(found - found.mean(), image - image.mean(), atol=1e-10)
    assert found.mean() == pytest.approx(other.mean(), abs=1e-12)


def test_holes_stay_holes_and_do_not_pull():
    image = normal(5, (6, 8))
    values = image.copy()
    values[2:4, 3:5] = np.nan
    found = blend(values, np.diff(values, axis=0), np.diff(values, axis=1))
    np.testing.assert_allclose(found, values, atol=1e-10)


def test_islands_have_each_a_mean_of_their_own():
    values = np.array([[1.0, 3.0, np.nan, 10.0, 20.0]])
    across = np.array([[4.0, np.nan, np.nan, 0.0]])
    found = blend(values, np.zeros((0, 5)), across)
    np.testing.assert_allclose(found, [[0, 4, np.nan, 15, 15]], atol=1e-12)


@settings(max_examples=40)
@given(sizes, st.sampled_from([0.1, 0.5, 0.9]), seeds)
def test_a_filled_pixel_is_the_mean_of_its_neighbors(shape, share, seed):
    image = some(seed, normal(seed + 1, shape), share)
    image.flat[seed % image.size] = 2.5
    found, known = fill(image), np.isfinite(image)
    np.testing.assert_array_equal(found[known], image[known])
    for i, j in np.argwhere(~known):
        around = [found[at] for at in neighbors(shape, i, j)]
        assert found[i, j] == pytest.approx(np.mean(around), abs=1e-10)
    assert found.min() >= image[known].min() - 1e-12
    assert found.max() <= image[known].max() + 1e-12


def test_a_linear_image_is_harmonic():
    y, x = np.mgrid[:9, :11]
    image = 3.0 * y - 2.0 * x
    holed = image.copy()
    holed[3:6, 2:9] = np.nan
    np.testing.assert_allclose(fill(holed), image, atol=1e-10)


def test_refuses_what_does_not_fit():
    words = r"blend takes differences \(1, 3\) and \(2, 2\) of values \(2, 3\), got \(2, 3\) and"
    with pytest.raises(ShapeError, match=words):
        blend(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(InputError, match="fill takes an image with known pixels, got none"):
        fill(np.full((2, 3), np.nan))
