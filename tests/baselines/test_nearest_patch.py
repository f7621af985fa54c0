"""The database of patches: its parts against loops, and photos that come back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inverse
from inverse import InputError, OutputError, ParameterError, ShapeError, photos
from inverse.baselines.nearest_patch import NearestPatch, lay, nearest
from inverse.image import grey
from inverse.metrics import code_error, pixel_correlation
from tests.support import normal, seeds

PHI = inverse.dsift(bin_size=4, step=4)

# grey, of 8 bits exactly
HAT, SHIRT = (
    (np.rint(255 * grey(photos.photo(name)[40:140, 60:172])) / 255).astype(np.float32)
    for name in ("hat", "shirt")
)


def code_of(photo, phi=PHI):
    return phi(phi.encode(photo))


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(0, 30), st.integers(1, 9), seeds)
def test_nearest_equals_brute_force(keys, queries, length, seed):
    k, q = normal(seed, (keys, length)), normal(seed + 1, (queries, length))
    expected = [int(np.argmin(((k - one) ** 2).sum(axis=1))) for one in q]
    assert nearest(k, q).tolist() == expected


def test_nearest_equals_scikit_learn_over_blocks():
    neighbors = pytest.importorskip("sklearn.neighbors")
    rng = np.random.default_rng(0)
    keys, queries = (rng.random((n, 128), dtype=np.float32) for n in (9000, 700))
    search = neighbors.NearestNeighbors(n_neighbors=1, algorithm="brute").fit(keys)
    expected = search.kneighbors(queries)[1]
    assert nearest(keys, queries).tolist() == expected[:, 0].tolist()


def test_of_equally_near_keys_the_first_is_taken():
    keys = np.zeros((8200, 3), dtype=np.float32)
    assert nearest(keys, np.ones((2, 3), dtype=np.float32)).tolist() == [0, 0]


def naive_lay(patches, first, step, shape, width):
    """Each pixel and each pair asks all patches."""
    rows, cols, side, _ = patches.shape

    def mean(i, j, tall, wide):
        """Of the last pixel less the first of a box, or of its only pixel."""
        total = weight = 0.0
        for r, c in np.ndindex(rows, cols):
            y, x = i - first - step * r, j - first - step * c
            if 0 <= y <= side - tall and 0 <= x <= side - wide:
                center = (side - 1) / 2
                d2 = (y + (tall - 1) / 2 - center) ** 2 + (x + (wide - 1) / 2 - center) ** 2
                last, own = patches[r, c, y + tall - 1, x + wide - 1], patches[r, c, y, x]
                said = own if tall == wide == 1 else float(last) - float(own)
                total += np.exp(-d2 / (2 * width**2)) * said
                weight += np.exp(-d2 / (2 * width**2))
        return total / weight if weight else np.nan

    h, w = shape
    found = []
    for tall, wide in ((1, 1), (2, 1), (1, 2)):
        places = [[(i, j) for j in range(w - wide + 1)] for i in range(h - tall + 1)]
        found.append(np.array([[mean(*at, tall, wide) for at in row] for row in places]))
    return found


@settings(max_examples=25)
@given(st.integers(2, 6), st.integers(1, 8), st.integers(-4, 3), st.floats(0.5, 4), seeds)
def test_lay_equals_the_naive_definition(side, step, first, width, seed):
    shape = (9, 13)
    patches = np.random.default_rng(seed).integers(0, 256, (2, 3, side, side), dtype=np.uint8)
    found = lay(patches, first, step, shape, width)
    for own, expected in zip(found, naive_lay(patches, first, step, shape, width), strict=True):
        np.testing.assert_allclose(own, expected, atol=1e-9)


@pytest.mark.parametrize(("bin_size", "step"), [(1, 2), (3, 5), (4, 4)])
def test_patches_are_what_their_descriptors_see(bin_size, step):
    """A descriptor of the patch alone, in its middle, is that of the photo."""
    phi = inverse.dsift(bin_size=bin_size, step=step)
    database = NearestPatch.build([HAT], phi, step=step)
    rows, cols = code_of(HAT, phi).shape[1:3]
    patches = database.patches.reshape(rows, cols, *database.patches.shape[1:])
    levels = np.rint(255 * HAT)
    for i, j in [(2, 3), (rows // 2, cols // 2)]:
        top, left = (step * k - bin_size + 1 for k in (i, j))
        side = 5 * bin_size - 1
        np.testing.assert_array_equal(patches[i, j], levels[top : top + side, left : left + side])
        x = levels[top - 1 : top + side + 1, left - 1 : left + side + 1]
        alone = inverse.dsift(bin_size=bin_size, step=1)(x[None, ..., None].astype(np.float32))
        own = database.descriptors.reshape(rows, cols, -1)[i, j]
        # the patch begins 1 pixel inside x, its descriptor's first bin bin_size − 1 further
        np.testing.assert_allclose(alone[0, bin_size, bin_size], own, atol=1e-5)


def test_the_border_is_continued():
    database = NearestPatch.build([HAT], PHI)
    assert database.patches[0, :4, :4].tolist() == [[database.patches[0, 3, 3]] * 4] * 4


@pytest.mark.parametrize(
    ("bin_size", "step", "dense"),
    [(4, 4, 4), (5, 15, 5), (4, 3, 3), pytest.param(2, 12, 4, id="gaps between the patches")],
)
def test_a_photo_whose_patches_are_known_comes_back(bin_size, step, dense):
    phi = inverse.dsift(bin_size=bin_size, step=step)
    database = NearestPatch.build([SHIRT, HAT], phi, step=dense)
    image = database.invert(code_of(HAT, phi), HAT.shape)
    assert image.shape == HAT.shape
    assert image.dtype == np.float32
    covered = np.zeros(HAT.shape, dtype=bool)
    for i, j in np.ndindex(*code_of(HAT, phi).shape[1:3]):
        top, left = (step * k - bin_size + 1 for k in (i, j))
        side = 5 * bin_size - 1
        covered[max(top, 0) : top + side, max(left, 0) : left + side] = True
    np.testing.assert_allclose(image[covered], HAT[covered], atol=1e-5)
    # what no patch covers is filled: the mean of its neighbors
    inner = ~covered[1:-1, 1:-1]
    around = (image[:-2] + image[2:])[:, 1:-1] + (image[:, :-2] + image[:, 2:])[1:-1]
    np.testing.assert_allclose(image[1:-1, 1:-1][inner], around[inner] / 4, atol=1e-5)
    assert pixel_correlation(image, HAT) > 0.98 or not covered.all()


def test_an_unknown_photo_keeps_its_code_better_than_another_photo():
    database = NearestPatch.build([photos.photo(n) for n in ("dress", "jacket", "shorts")], PHI)
    code = code_of(HAT)[0]
    image = database.invert(code, HAT.shape[:2])
    unrelated = np.linalg.norm(code_of(SHIRT)[0] - code)
    assert code_error(code_of(image)[0], code, unrelated) < 0.75
    assert pixel_correlation(image, HAT) > 0.4


def test_a_flat_photo():
    flat = np.full((30, 40), 0.25, dtype=np.float32)
    image = NearestPatch.build([flat], PHI).invert(code_of(flat), flat.shape)
    np.testing.assert_allclose(image, np.full((30, 40), 64 / 255), atol=1e-6)


def test_saved_and_loaded(tmp_path):
    phi = inverse.dsift(bin_size=3, step=6, window="flat", window_size=1.5)
    database = NearestPatch.build([SHIRT], phi)
    database.save(tmp_path / "patches.npz")
    again = NearestPatch.load(tmp_path / "patches.npz")
    assert vars(again.phi.pooling) == vars(phi.pooling)
    code = code_of(HAT, phi)
    image = database.invert(code, HAT.shape)
    np.testing.assert_array_equal(again.invert(code, HAT.shape), image)
    with pytest.raises(OutputError, match="cannot write"):
        database.save(tmp_path)


def test_refuses_files_that_are_no_database(tmp_path):
    missing, text, other = (tmp_path / name for name in ("missing.npz", "text.npz", "other.npz"))
    text.write_text("no archive")
    np.savez(other, descriptors=np.zeros((1, 128)))
    for path in (missing, text, other):
        with pytest.raises(InputError, match=f"'{path}' is no database of patches: "):
            NearestPatch.load(path)


def test_refuses_what_does_not_fit():
    with pytest.raises(InputError, match="NearestPatch.build takes at least one photo, got none"):
        NearestPatch.build([], PHI)
    for phi in (inverse.hog(), PHI.until("pooling")):
        words = r"NearestPatch.phi must be a whole inverse.dsift\(...\), got "
        with pytest.raises(ParameterError, match=words):
            NearestPatch.build([HAT], phi)
    with pytest.raises(ParameterError, match="DescriptorPooling.step must be a whole number"):
        NearestPatch.build([HAT], PHI, step=0)
    with pytest.raises(ShapeError, match="images that hold one descriptor"):
        NearestPatch.build([HAT[:9]], PHI)
    words = r"takes descriptors \(K, 128\), at least one, and patches \(K, 19, 19\), got \(2, 128\)"
    with pytest.raises(ShapeError, match=words):
        NearestPatch(PHI, np.zeros((2, 128)), np.zeros((2, 9, 9)))
    database = NearestPatch.build([SHIRT], PHI)
    words = r"the code of a 100x112 image by dsift must have shape \(22, 25, 128\), got \(22, 24, 1"
    with pytest.raises(ShapeError, match=words):
        database.invert(code_of(HAT)[0, :, 1:], HAT.shape)
    with pytest.raises(
        ShapeError, match=r"nearest takes keys \(K, D\), at least one, .*got \(0, 3"
    ):
        nearest(np.zeros((0, 3)), np.zeros((2, 3)))
