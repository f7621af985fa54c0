"""HOGgle's pictures of HOG codes."""

import numpy as np
import pytest

import inverse
from inverse.baselines.hoggle import Dictionary, Hoggle
from inverse.baselines.hoggle.inversion import _overlap_add
from inverse.errors import InputError, ShapeError
from tests.support import normal

PHI = inverse.hog()


def code_of(image):
    return PHI(PHI.encode(image))[0]


@pytest.fixture(scope="module")
def hoggle():
    return Hoggle.load()


@pytest.fixture(scope="module")
def crops():
    """Squares of 96 pixels of the embedded photos, in grey."""
    photos = [inverse.photos.photo(name) for name in inverse.photos.names()]
    return [inverse.grey(photo[80:176, 80:176]) for photo in photos]


def test_overlap_add_is_its_formula():
    patches = normal(0, (2, 3, 56, 56))
    total, count = np.zeros((64, 72)), np.zeros((64, 72))
    for r, c, i, j in np.ndindex(patches.shape):
        weight = np.exp(-((i - 27.5) ** 2 + (j - 27.5) ** 2) / (2 * 9**2))
        total[8 * r + i, 8 * c + j] += weight * patches[r, c, i, j]
        count[8 * r + i, 8 * c + j] += 1
    np.testing.assert_allclose(_overlap_add(patches), total / count, atol=1e-6)


def test_pictures_have_nearly_the_codes(hoggle, crops):
    codes = [code_of(crop)[..., :27] for crop in crops]
    normalizer = inverse.metrics.mean_pairwise_distance(codes)
    errors, likeness = [], []
    for crop, code in zip(crops, codes, strict=True):
        picture = hoggle.invert(code_of(crop))
        assert picture.shape == crop.shape
        assert picture.dtype == np.float32
        assert (picture.min(), picture.max()) == (0, 1)
        found = code_of(picture)[..., :27]
        errors.append(inverse.metrics.code_error(found, code, normalizer))
        likeness.append(inverse.metrics.pixel_correlation(picture, crop))
    assert np.mean(errors) < 0.82
    assert max(errors) < 1
    assert np.mean(likeness) > 0.5


def test_a_moved_code_moves_the_picture(hoggle):
    code = code_of(inverse.grey(inverse.photos.photo("boots")[100:180, 100:188]))
    blank = np.zeros((14, 14, 31), np.float32)
    for r, c in ((0, 0), (3, 2)):
        blank[:] = 0
        blank[r : r + len(code), c : c + code.shape[1]] = code
        picture = hoggle.invert(blank)[8 * r : 8 * r + 80, 8 * c : 8 * c + 88]
        alone = hoggle.invert(code)
        # equal but for the scale: the blank cells have the patches of windows that overlap the code
        assert inverse.metrics.pixel_correlation(picture, alone) > 0.999


def test_a_batch_of_one_a_narrow_code_and_a_blank_one(hoggle):
    code = code_of(inverse.photos.photo("hat")[60:76, 90:140])
    assert code.shape == (2, 6, 31)
    picture = hoggle.invert(code)
    assert picture.shape == (16, 48)
    np.testing.assert_array_equal(hoggle.invert(code[None].astype(np.float64)), picture)
    np.testing.assert_array_equal(hoggle.invert(np.zeros((1, 2, 31))), np.full((8, 16), 0.5))


def test_learned_saved_and_loaded(tmp_path):
    photos = [inverse.photos.photo("hat"), inverse.photos.path("skirt")]
    seen = []

    def progress(steps):
        for step in steps:
            seen.append(step)
            yield step

    made = Hoggle.learn(photos, atoms=12, batches=2, seed=3, progress=progress)
    assert seen == [0, 1]
    assert isinstance(made.dictionary, Dictionary)
    made.save(tmp_path / "d.npz")
    found = Hoggle.load(tmp_path / "d.npz")
    code = code_of(photos[0][100:164, 100:164])
    np.testing.assert_allclose(found.invert(code), made.invert(code), atol=0.05)


@pytest.mark.parametrize("shape", [(8, 8), (2, 8, 8, 31), (8, 8, 27), (0, 8, 31)])
def test_refuses_shapes(hoggle, shape):
    with pytest.raises(ShapeError, match=r"Hoggle.invert takes one code \(rows, cols, 31\) of inv"):
        hoggle.invert(np.zeros(shape))


def test_refuses_what_is_not_finite(hoggle):
    code = np.zeros((6, 6, 31))
    code[2, 3, 4] = np.nan
    with pytest.raises(InputError, match="takes a code of finite values, got NaN or infinity"):
        hoggle.invert(code)
