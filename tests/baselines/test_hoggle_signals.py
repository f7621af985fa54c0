"""Windows of codes, grey patches as cosines, and the signals drawn from photos."""

import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st

import inverse
from inverse.baselines.hoggle.sampling import draw_signals
from inverse.baselines.hoggle.windows import (
    bare_patches,
    cosines,
    grey_patches,
    normalized,
    windows,
)
from inverse.errors import InputError, ParameterError, ShapeError
from tests.support import normal, seeds


@settings(max_examples=20)
@given(seeds, st.integers(5, 9), st.integers(5, 9))
def test_windows(seed, rows, cols):
    code = normal(seed, (rows, cols, 31))
    found = windows(code)
    assert found.shape == (rows - 4, cols - 4, 775)
    for r, c in np.ndindex(rows - 4, cols - 4):
        np.testing.assert_array_equal(found[r, c], code[r : r + 5, c : c + 5].ravel())


@pytest.mark.parametrize("shape", [(4, 9, 31), (9, 4, 31), (9, 9, 27), (9, 9)])
def test_windows_refuse(shape):
    with pytest.raises(ShapeError, match=r"windows takes codes \(rows, cols, 31\) of at least 5x5"):
        windows(np.zeros(shape))


@given(seeds, st.floats(0.01, 100), st.floats(-10, 10))
def test_normalized_forgets_contrast_and_mean(seed, contrast, mean):
    x = normal(seed, (3, 20))
    found = normalized(x)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((found**2).sum(axis=1), 1)
    np.testing.assert_allclose(normalized(contrast * x + mean), found, atol=1e-9)


def test_normalized_flat_and_single_precision():
    flat = normalized(np.full((2, 775), 0.2, np.float32))
    assert flat.dtype == np.float32
    assert np.isfinite(flat).all()
    assert not normalized(np.zeros((2, 9))).any()


def test_cosines_are_scipys():
    waves = cosines(np.float64)
    np.testing.assert_allclose(waves @ waves.T, np.eye(28), atol=1e-14)
    patches = normal(0, (3, 56, 56))
    expected = scipy.fft.dctn(patches, axes=(1, 2), norm="ortho")[:, :28, :28]
    expected[:, 0, 0] = 0
    np.testing.assert_allclose(grey_patches(patches), expected.reshape(3, 784), atol=1e-11)


def test_patches_of_coefficients_are_the_adjoint():
    a, p = normal(1, (2, 784)), normal(2, (2, 56, 56))
    a[:, 0] = 0
    np.testing.assert_allclose(np.sum(bare_patches(a) * p), np.sum(a * grey_patches(p)))
    np.testing.assert_allclose(grey_patches(bare_patches(a)), a, atol=1e-12)


def test_signals_pair_each_window_with_its_own_patch():
    photos = [inverse.photos.photo(name) for name in ("shorts", "boots")]
    signals = draw_signals(photos, 64, np.random.default_rng(0))
    assert signals.shape[1] == 775 + 784
    assert signals.dtype == np.float32
    np.testing.assert_allclose((signals**2).sum(axis=1), 2, rtol=1e-5)
    phi = inverse.hog()
    likeness = []
    for signal in signals:
        patch = 0.5 + bare_patches(signal[None, 775:])[0]
        code = phi(phi.encode(patch))[0, 1:6, 1:6]
        likeness.append(normalized(code.reshape(1, -1))[0] @ signal[:775])
    # not 1: the patch lacks its short waves, and the gradients on its border
    assert np.median(likeness) > 0.8


def test_signals_by_seed():
    photos = [inverse.photos.path("hat")]
    draw = [draw_signals(photos, 40, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert draw[0].shape != draw[2].shape or (draw[0] != draw[2]).any()


def test_flat_windows_are_left_out():
    photo = np.zeros((150, 150), np.float32)
    with pytest.raises(InputError, match="photos must show something, got only flat windows"):
        draw_signals([photo], 32, np.random.default_rng(0))
    photo[:60, :60] = np.random.default_rng(0).uniform(size=(60, 60))
    assert 0 < len(draw_signals([photo], 320, np.random.default_rng(0))) < 320


def test_signals_refuse():
    rng = np.random.default_rng(0)
    with pytest.raises(ParameterError, match="photos must have at least one photo, got none"):
        draw_signals([], 9, rng)
    with pytest.raises(ParameterError, match="must have at least 64 pixels a side, got 63x80"):
        draw_signals([np.zeros((63, 80), np.float32)], 9, rng)
    assert draw_signals([np.eye(64, dtype=np.float32)], 40, rng).any()
