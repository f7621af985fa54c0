"""HOG and dense SIFT as users meet them: shapes, pictures, names, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inverse
from inverse.testing import check_layer

PHOTO = inverse.photos.photo("hat")


@pytest.mark.parametrize(
    "phi",
    [
        inverse.hog(4),
        inverse.hog(3, 6, bilinear=True, texture=False),
        inverse.dsift(2, 3),
        inverse.dsift(3, 2, "flat"),
    ],
    ids=["hog", "hogb", "dsift", "dsift-flat"],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_contract(phi, seed):
    check_layer(phi, 60 * np.random.default_rng(seed).standard_normal((2, 14, 12, 1)), rng=seed)


def test_shapes_at_odd_sizes():
    x = np.zeros((2, 61, 83, 3), dtype=np.float32)
    assert inverse.hog(8)(x).shape == (2, 8, 10, 31)
    assert inverse.hog(5, texture=False)(x).shape == (2, 12, 17, 27)
    assert inverse.hog(8, orientations=6)(x).shape == (2, 8, 10, 22)
    assert inverse.dsift(3, 3)(x).shape == (2, 18, 25, 128)
    assert inverse.dsift(4, 7)(x).shape == (2, 7, 11, 128)


def test_a_constant_added_to_the_image_leaves_the_code():
    x = 255 * inverse.grey(PHOTO)[None, ..., None].astype(np.float64)
    for phi in (inverse.hog(), inverse.hog(bilinear=True), inverse.dsift()):
        assert phi(x - 128) == pytest.approx(phi(x), abs=1e-5)


def test_encode_and_decode():
    phi = inverse.hog()
    x = phi.encode(PHOTO)
    assert (x.shape, x.dtype) == ((1, 256, 256, 1), np.float32)
    assert phi.decode(x)[0] == pytest.approx(inverse.grey(PHOTO), abs=1e-6)
    assert phi.encode(PHOTO.astype(np.float64)).dtype == np.float64
    color = np.zeros((2, 8, 9, 3), dtype=np.float32)
    assert [image.shape for image in phi.decode(color)] == [(8, 9, 3)] * 2


def test_an_8_bit_picture_becomes_whole_grey_levels_up_to_rounding():
    levels = np.arange(256, dtype=np.float32).reshape(16, 16) / 255
    x = inverse.hog().encode(levels)[0, ..., 0] + 128
    assert x == pytest.approx(np.arange(256).reshape(16, 16), abs=2e-5)


def test_encode_errors():
    phi = inverse.hog()
    with pytest.raises(inverse.InputError, match="float32 or float64 array .* got uint8"):
        phi.encode(np.zeros((9, 9), dtype=np.uint8))
    for value in (np.nan, np.inf):
        with pytest.raises(inverse.InputError, match="finite values, got NaN or infinite"):
            phi.encode(np.full((9, 9), value))
    with pytest.raises(inverse.ShapeError, match=r"grey takes images .* got \(9, 9, 4\)"):
        phi.encode(np.zeros((9, 9, 4)))


def test_errors_name_the_representation_and_the_layer():
    with pytest.raises(inverse.ShapeError, match=r"dsift, layer 'pooling': .* at least 13x13"):
        inverse.dsift()(np.zeros((1, 12, 40, 1)))
    with pytest.raises(inverse.ShapeError, match=r"hog, layer 'cells': .* at least 4x4"):
        inverse.hog()(np.zeros((1, 3, 40, 1)))
    with pytest.raises(inverse.ShapeError, match=r"hog, layer 'gradient': ImageGradient takes"):
        inverse.hog()(np.zeros((40, 40)))
    with pytest.raises(inverse.ParameterError, match="layer must be one of gradient, .* got 'fc6'"):
        inverse.hog().until("fc6")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: inverse.hog(0),
            "CellPooling.cell_size must be a whole number of at least 1, got 0",
        ),
        (
            lambda: inverse.hog(8, 1),
            "HardOrientation.orientations must be a whole number of at least 2, got 1",
        ),
        (
            lambda: inverse.dsift(0),
            "DescriptorPooling.bin_size must be a whole number of at least 1",
        ),
        (
            lambda: inverse.dsift(4, 0),
            "DescriptorPooling.step must be a whole number of at least 1",
        ),
        (lambda: inverse.dsift(window="box"), "weighting must be 'gaussian' or 'flat', got 'box'"),
        (lambda: inverse.dsift(window_size=0), "window_size must be positive, got 0"),
    ],
)
def test_parameter_errors(make, message):
    with pytest.raises(inverse.ParameterError, match=message):
        make()


def test_until_and_layers():
    phi = inverse.hog().until("cells")
    assert phi.name == "hog-cells"
    assert phi(phi.encode(PHOTO)).shape == (1, 32, 32, 18)
    assert [row.name for row in phi.layers()] == ["gradient", "orientation", "cells"]
    assert "cells        CellPooling      32x32x18" in str(phi.layers((1, 256, 256, 1)))
    assert "any" in str(phi.layers())


def test_glyph_strokes_lie_along_the_edges():
    stripes = np.zeros((64, 64))
    stripes[:, 32:] = 1.0  # a vertical edge
    phi = inverse.hog()
    glyphs = phi.glyphs(phi(phi.encode(stripes)))
    assert glyphs.shape == (160, 160)
    cell = glyphs[80:100, 80:100]
    assert cell.max() == 1
    assert cell[:, 9:11].min() > 0.5 > cell[9:11, :5].max()
    with pytest.raises(inverse.ShapeError, match=r"glyphs takes one code \(rows, cols, 27 or 31\)"):
        phi.glyphs(np.zeros((4, 4, 18)))


@pytest.mark.parametrize("name", ["gradient", "cells", "sum"])
def test_every_code_has_a_picture(name):
    phi = inverse.hog().until(name)
    picture = phi.picture(phi(phi.encode(PHOTO))[0])
    assert picture.ndim == 2
    assert 0 <= picture.min() < picture.max() == 1


@pytest.mark.parametrize(("bin_size", "step"), [(4, 4), (5, 15), (4, 7), (6, 4)])
def test_dsift_pictures(bin_size, step):
    phi = inverse.dsift(bin_size, step)
    picture = phi.picture(phi(phi.encode(PHOTO))[0])
    assert picture.ndim == 2
    assert 0 <= picture.min() < picture.max() == 1


def test_centers():
    centers = inverse.dsift(5, 15).centers(256, 256)
    assert centers.shape == (289, 2)
    assert centers[0].tolist() == [7.5, 7.5]
    assert centers[-1].tolist() == [247.5, 247.5]
    assert centers[1].tolist() == [22.5, 7.5]
