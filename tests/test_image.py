"""Pictures of every kind go in upright, 0-1; bad ones are refused by one sentence."""

import os

import numpy as np
import pytest
from PIL import Image

import inverse
from inverse.image import center_crop, grey, read_image, resize, tile, write_bytes, write_image


@pytest.fixture
def colors():
    """A small RGB picture, upper half red, lower half grey."""
    values = np.full((6, 8, 3), 128, dtype=np.uint8)
    values[:3] = (255, 0, 0)
    return Image.fromarray(values)


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "P", "CMYK", "LA", "L", "1", "I;16", "I", "F", "PA"]
)
def test_modes(tmp_path, colors, mode):
    suffix = "tif" if mode in ("CMYK", "F", "I") else "png"
    if mode in ("I;16", "I"):
        deep = Image.fromarray((np.asarray(colors.convert("L")).astype(np.uint16)) * 257)
        picture = deep if mode == "I;16" else deep.convert("I")
    elif mode == "F":
        picture = Image.fromarray(np.asarray(colors.convert("L"), dtype=np.float32) / 255)
    elif mode in ("P", "PA"):
        picture = colors.quantize(4)
        if mode == "PA":
            picture.info["transparency"] = 255  # a palette with an unused transparent entry
    else:
        picture = colors.convert(mode)
    path = tmp_path / f"picture.{suffix}"
    picture.save(path)
    image = read_image(path)
    assert image.dtype == np.float32
    assert image.shape[:2] == (6, 8)
    assert 0 <= image.min() <= image.max() <= 1
    if mode != "1":
        expected = grey(np.asarray(colors, dtype=np.float32) / 255)
        assert grey(image) == pytest.approx(expected, abs=0.02)  # CMYK and palettes round colors


def test_transparency_is_laid_over_white(tmp_path):
    Image.new("RGBA", (5, 4), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "clear.png").min() == 1


def test_exif_rotation(tmp_path, colors):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    colors.save(tmp_path / "turned.png", exif=exif)
    upright = read_image(tmp_path / "turned.png")
    assert upright.shape == (8, 6, 3)
    assert upright[:, -1, 1].max() == 0  # the red half is now on the right


def test_bad_files(tmp_path, colors):
    with pytest.raises(inverse.InputError, match="does not exist"):
        read_image(tmp_path / "missing.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(inverse.InputError, match=r"text\.png' cannot be read"):
        read_image(tmp_path / "text.png")
    colors.resize((200, 200)).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(inverse.InputError, match=r"half\.jpg' cannot be read"):
        read_image(tmp_path / "half.jpg")
    with pytest.raises(inverse.InputError, match="cannot be read"):
        read_image(tmp_path)


def test_large_pictures_are_refused_before_they_are_decoded(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "large.png")
    data = (tmp_path / "large.png").read_bytes()
    # cut after the header: decoding would fail, so the refusal comes before it
    (tmp_path / "large.png").write_bytes(data[:200])
    with pytest.raises(inverse.InputError, match="at most 50000000 pixels .*got 20000x20000"):
        read_image(tmp_path / "large.png")
    with pytest.raises(inverse.InputError, match="cannot be read"):
        read_image(tmp_path / "large.png", max_pixels=500_000_000)


def test_pillows_own_limit_is_kept_for_others(tmp_path, colors):
    before = Image.MAX_IMAGE_PIXELS
    colors.save(tmp_path / "a.png")
    read_image(tmp_path / "a.png")
    assert before == Image.MAX_IMAGE_PIXELS


def test_grey_weights_and_shapes():
    white = np.ones((2, 3, 3), dtype=np.float32)
    assert grey(white) == pytest.approx(0.9999)
    assert grey(white[..., 0]).shape == grey(white[..., :1]).shape == (2, 3)
    with pytest.raises(inverse.InputError, match="grey takes float32 or float64 .* got uint8"):
        grey(np.zeros((2, 3), dtype=np.uint8))
    with pytest.raises(inverse.ShapeError, match=r"grey takes images .* got \(2, 3, 2\)"):
        grey(white[..., :2])


def test_resize_and_crop():
    image = np.linspace(0, 1, 40 * 60 * 3, dtype=np.float32).reshape(40, 60, 3)
    assert resize(image, 20, 30).shape == (20, 30, 3)
    assert resize(image, 20, 30).mean() == pytest.approx(image.mean(), abs=1e-3)
    assert np.array_equal(center_crop(image, 2, 4), image[19:21, 28:32])
    with pytest.raises(inverse.ShapeError, match="center_crop to 41x60"):
        center_crop(image, 41, 60)


def test_write_clips_and_never_stretches(tmp_path):
    write_image(tmp_path / "a.png", np.array([[-1.0, 0.25], [0.5, 2.0]]))
    assert (read_image(tmp_path / "a.png") * 255).round().tolist() == [[0, 64], [128, 255]]


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_bytes(tmp_path / "sub" / "a.bin", b"first")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(inverse.OutputError, match=r"cannot write .*a\.bin': No space left"):
        write_bytes(tmp_path / "sub" / "a.bin", b"second")
    assert (tmp_path / "sub" / "a.bin").read_bytes() == b"first"
    assert [f.name for f in (tmp_path / "sub").iterdir()] == ["a.bin"]


def test_pictures_are_written_as_png(tmp_path):
    with pytest.raises(inverse.OutputError, match=r"a\.jpg': pictures are written as \.png"):
        write_image(tmp_path / "a.jpg", np.zeros((2, 2)))


def test_tile_shows_grey_and_color_side_by_side():
    sheet = tile([np.zeros((10, 12)), np.ones((20, 8, 3))], ["a", "b"], gap=4)
    assert sheet.shape == (20 + 20 + 8, 24 + 8 + 12, 3)


def test_tile_is_never_taller_than_a_screen():
    assert tile([np.zeros((2000, 1000))]).shape == (640 + 16, 320 + 16, 3)


def test_embedded_photos():
    assert len(inverse.photos.names()) == 8
    for name in inverse.photos.names():
        assert inverse.photos.photo(name).shape == (256, 256, 3)
    with pytest.raises(inverse.ParameterError, match="photo must be one of boots, .*got 'cat'"):
        inverse.photos.photo("cat")
