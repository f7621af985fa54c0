"""What damaged files have brought to light, case by case; ``found/`` has files that were drawn."""

import errno
import gc
import json
import os
import subprocess
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inverse
from inverse import kernels
from inverse.baselines.archive import LEAST, RATIO, read_arrays
from inverse.baselines.hoggle.dictionary import Dictionary
from inverse.baselines.nearest_patch import NearestPatch
from inverse.errors import InputError, OutputError
from inverse.image import write_bytes
from inverse.kernels import Program
from inverse.models.archive import extract
from inverse.presets import fast
from tests.fuzz.archives import Bomb, array_file, packed

FOUND = Path(__file__).with_name("found")
PHOTO = inverse.photos.photo("hat")[96:120, 96:120]


@pytest.mark.parametrize("path", sorted(FOUND.iterdir()), ids=lambda path: path.name)
def test_pictures_that_decoders_stumble_over(path):
    with pytest.raises(InputError, match=f"picture '{path}' cannot be read: "):
        inverse.read_image(path)


@pytest.mark.parametrize("name", ["program.eps", "program.png"])
def test_a_picture_that_is_a_program_is_not_run(tmp_path, monkeypatch, name):
    def ran(*arguments, **options):
        raise AssertionError(f"{arguments} was run")

    monkeypatch.setattr(subprocess, "Popen", ran)
    path = tmp_path / name
    Image.new("RGB", (8, 8)).save(path, "EPS")
    with pytest.raises(InputError, match=f"'{path}' cannot be read: cannot identify image file"):
        inverse.read_image(path)


@pytest.mark.parametrize(("kind", "most"), [("RGB", 1.1), ("RGBA", 1.1), ("P", 1.1), ("L", 1.1)])
def test_a_large_picture_takes_little_more_than_its_array(tmp_path, kind, most):
    Image.new(kind, (2000, 1500)).save(tmp_path / "large.png")
    tracemalloc.start()
    try:
        image = inverse.read_image(tmp_path / "large.png")
        assert tracemalloc.get_traced_memory()[1] < most * image.nbytes + 20e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "I;16", "F", "RGBA"])
def test_strips_are_as_the_whole(tmp_path, monkeypatch, mode):
    values = np.random.default_rng(0).integers(0, 256, (20, 7, 3), dtype=np.uint8)
    kinds = {"I;16": values[..., 0].astype(np.uint16) * 257, "F": values[..., 0] / np.float32(255)}
    picture = Image.fromarray(kinds.get(mode, values))
    (picture if mode in kinds else picture.convert(mode)).save(tmp_path / "p.tif")
    whole = inverse.read_image(tmp_path / "p.tif")
    monkeypatch.setattr(inverse.image, "STRIP", 6)
    assert np.array_equal(inverse.read_image(tmp_path / "p.tif"), whole)


@pytest.mark.parametrize(("name", "words"), [(".", "it is a folder"), ("a\0b", "embedded null")])
def test_names_that_no_file_can_have(name, words):
    with pytest.raises(OutputError, match=f"cannot write .*: {words}"):
        write_bytes(name, b"")


def npz(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


ONES = array_file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", bytes(4))

HUGE = array_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483648,), }", bytes(4))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (b"no array", "the magic string is not correct"),
        (ONES.replace(b"\x01\x00", b"\x02\x00", 1), "its arrays must be of format 1.0, got 2.0"),
        (array_file("(" * 900), "EOF in multi-line statement|[Cc]annot parse header"),
        (array_file("{'descr': '|O', 'fortran_order': False, 'shape': (), }"), "numbers or text"),
        (ONES.replace(b"(1,)", b"(9,)"), "cannot reshape array of size 1 into shape"),
        (HUGE, "cannot reshape array of size 1 into shape"),
    ],
)
def test_arrays_that_are_none(tmp_path, part, words):
    path = tmp_path / "a.npz"
    path.write_bytes(packed([("a.npy", part)]))
    with pytest.raises(InputError, match=f"'{path}' is no atlas: .*({words})"):
        read_arrays(path, "atlas")


def test_archives_that_are_none(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match="is no atlas: .*No such file"):
        read_arrays(path, "atlas")
    path.write_bytes(packed([("a.npy", ONES)], zipfile.ZIP_LZMA))
    with pytest.raises(InputError, match="is no atlas: it is packed by an unknown method"):
        read_arrays(path, "atlas")
    data = bytearray(npz(path, a=np.arange(1000)).read_bytes())
    data[200] ^= 255
    path.write_bytes(data)
    with pytest.raises(InputError, match="is no atlas: (Error -3|Bad CRC-32)"):
        read_arrays(path, "atlas")


def test_a_small_archive_makes_no_large_array(tmp_path):
    path = npz(tmp_path / "a.npz", a=np.zeros(30_000_000, np.int8))
    assert path.stat().st_size < 40_000
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=f"would be 30000128 bytes, over {RATIO} times its"):
            read_arrays(path, "atlas")
        assert tracemalloc.get_traced_memory()[1] < LEAST
    finally:
        tracemalloc.stop()
    kept = npz(path, a=np.asfortranarray(np.arange(6).reshape(2, 3)), b=np.asarray("text"))
    assert read_arrays(kept, "atlas")["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read_arrays(kept, "atlas")["b"].item() == "text"


def test_nothing_in_an_archive_is_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", code=np.array([Bomb()], dtype=object))
    with pytest.raises(InputError, match="must be of numbers or text, got object"):
        Dictionary.load(tmp_path / "a.npz")


HALVES = {
    "code": np.ones((2, 775), np.int8), "code_peaks": np.ones((2, 1), np.float32),
    "grey": np.ones((2, 784), np.int8), "grey_peaks": np.ones((2, 1), np.float32),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grey": None}, "it has no 'grey' and 'grey_peaks'"),
        ({"code": HALVES["code"].astype(float)}, "must be int8 and float32, got float64 and"),
        (
            {"code_peaks": np.full((2, 1), np.nan, np.float32)},
            r"'code_peaks' finite, \(K, 1\), got",
        ),
        ({"code_peaks": np.ones(2, np.float32)}, r"got \(2, 775\) and \(2,\)"),
        ({"grey": np.ones((2, 3), np.int8)}, r"takes code \(K, 775\) and grey \(K, 784\)"),
    ],
)
def test_dictionaries_of_other_arrays(tmp_path, changes, words):
    arrays = {name: a for name, a in {**HALVES, **changes}.items() if a is not None}
    path = npz(tmp_path / "d.npz", **arrays)
    with pytest.raises(InputError, match=f"'{path}' is no dictionary of HOGgle: .*{words}"):
        Dictionary.load(path)


BASE = {
    "descriptors": np.ones((2, 128), np.float32), "patches": np.ones((2, 19, 19), np.uint8),
    "grid": (4, 4), "weighting": "gaussian", "window_size": 2.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grid": None}, "it has no 'grid'"),
        ({"grid": (4, 4, 4)}, "too many values to unpack"),
        ({"grid": 4}, "cannot unpack"),
        ({"grid": (10**9, 4)}, r"\(K, 128\) and \(K, 4999999999, 4999999999\)"),
        ({"descriptors": np.ones((2, 128))}, "its arrays must be float32 and uint8"),
        ({"descriptors": np.ones((2, 99), np.float32)}, r"must be \(K, 128\) and \(K, 19, 19\)"),
        ({"descriptors": np.ones((3, 128), np.float32)}, "takes descriptors"),
        ({"weighting": "round"}, "weighting must be"),
    ],
)
def test_databases_of_other_arrays(tmp_path, changes, words):
    arrays = {name: a for name, a in {**BASE, **changes}.items() if a is not None}
    path = npz(tmp_path / "p.npz", **arrays)
    with pytest.raises(InputError, match=f"'{path}' is no database of patches: .*{words}"):
        NearestPatch.load(path)


def test_a_package_whose_parts_lie_before_its_start():
    data = bytearray(packed([("member", b"1234")]))
    data[-6] += 1  # where the list of parts begins, counted from the start
    with pytest.raises(InputError, match="member cannot be read from its package: "):
        extract(bytes(data), "member", 4)


@pytest.fixture(scope="module")
def result():
    phi = inverse.hog(bilinear=True)
    return inverse.invert(phi, PHOTO, preset=fast(phi).replace(steps=2), normalizer=1.0)


@pytest.mark.parametrize("files", [5, None, [1], [["a"]], "reconstruction.png", {"../x": 1}])
def test_a_result_over_a_damaged_one(tmp_path, result, files):
    (tmp_path / "result.json").write_text(json.dumps({"files": files}))
    result.save(tmp_path)
    (tmp_path / "result.json").write_text("[" * 100_000)
    result.save(tmp_path)


def test_a_folder_in_the_place_of_a_file_of_ours(tmp_path, result):
    (tmp_path / "reconstruction-3.png").mkdir()
    files = {"reconstruction-3.png": ""}
    (tmp_path / "result.json").write_text(json.dumps({"files": files}))
    said = (os.strerror(errno.EISDIR), os.strerror(errno.EPERM))
    with pytest.raises(
        OutputError, match=rf"cannot remove .*reconstruction-3.png': ({said[0]}|{said[1]})"
    ):
        result.save(tmp_path)


@pytest.mark.parametrize("phi", [inverse.hog(), inverse.cnn("small").until("relu1")])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_run_leaves_no_memory_for_the_garbage_collector(monkeypatch, phi, threads):
    monkeypatch.setenv("INVERSE_NUM_THREADS", threads)
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):
            inverse.invert(phi, PHOTO, preset=fast(phi).replace(steps=1), normalizer=1.0)
        kernels.compile(phi.layer, phi.encode(PHOTO).shape, np.float32)
        assert not [one for one in gc.get_objects() if isinstance(one, Program)]
    finally:
        gc.enable()
