"""What an inversion gives: images, figures, and a folder of files."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import re
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from inverse.arrays import Array
from inverse.errors import InputError, OutputError
from inverse.figures import energy_figure
from inverse.image import Image, png, stretch, tile, unfinished, write_bytes
from inverse.metrics import code_error, relative_error
from inverse.objective import Term
from inverse.optimize import Minimum
from inverse.presets import Preset
from inverse.representations import Representation

__all__ = ["Result", "remove_unfinished", "would_overwrite"]

RECORD = "result.json"
OURS = r"reconstruction(-\d+)?\.png|comparison\.png|energy\.png|snapshots/\d+-\d+\.png"
"""The names of the files that `Result.save` writes, beside the record."""


@dataclass(frozen=True, eq=False)
class Result:
    """Reconstructions and how they came about. Figures without a plural are the best restart's.

    Attributes
    ----------
    representation, preset : Representation, Preset
        Φ and the constants of the run.
    minimum : Minimum
        Iterates in normalized coordinates, energies, and the stop reason of every restart.
    sigma : float
        σ: ``sigma * minimum.x`` is in the representation's own space.
    target : array (1, …)
        Φ₀. It, the codes, the mask and ``minimum.x`` are arrays of the kind that `invert` was given
        as its target; pictures and figures are NumPy's always.
    codes : list of array
        Φ(x*) of every restart.
    mask : array or None
        Weights of the features; the errors are of the weighted codes.
    original : Image or None
        The picture that the target was computed from, as the representation sees it.
    normalizer : float
        N_Φ, by which `code_error` is divided.
    seed : int or None
        The seed, if the run was given one.
    snapshots : list of (step, images)
        What was kept on the way.
    """

    representation: Representation
    preset: Preset
    minimum: Minimum
    sigma: float
    target: Array
    codes: list[Array]
    mask: Array | None
    original: Image | None
    normalizer: float
    seed: int | None
    snapshots: list[tuple[int, list[Image]]] = field(default_factory=list)

    @cached_property
    def best(self) -> int:
        """Number of the restart of least energy."""
        energies = self.energies
        return int(np.argmin(np.where(np.isnan(energies), np.inf, energies)))

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.minimum.x.shape[1:]))
        return (
            f"Result({self.representation.name}, {len(self.codes)} of {shape}, "
            f"relative error {100 * self.relative_error:.2f} %, {self.stop!r})"
        )

    @property
    def terms(self) -> dict[str, Term]:
        """The regularizers, with their weights for this image size."""
        return self.preset.terms(self.minimum.x.shape[1:])

    @cached_property
    def images(self) -> list[Image]:
        """The reconstruction of every restart, (H, W) or (H, W, C), 0–1 where in range."""
        return self.representation.decode(self.sigma * self.minimum.x)

    @property
    def image(self) -> Image:
        """The reconstruction."""
        return self.images[self.best]

    @property
    def energies(self) -> np.ndarray:
        """Final energy of every restart."""
        return self.minimum.energy

    @property
    def energy(self) -> float:
        """Final energy."""
        return float(self.energies[self.best])

    @property
    def history(self) -> dict[str, np.ndarray]:
        """The energy and its weighted parts at every iteration: arrays (steps + 1, restarts)."""
        return self.minimum.history

    @cached_property
    def code_errors(self) -> list[float]:
        """‖Φ(x*) − Φ₀‖₂/N_Φ of every restart, a fraction (see `metrics.code_error`)."""
        if math.isnan(self.normalizer):
            return [math.nan] * len(self.codes)
        return [
            code_error(self._weighed(y), self._weighed(self.target[0, ...]), self.normalizer)
            for y in self.codes
        ]

    @property
    def code_error(self) -> float:
        """‖Φ(x*) − Φ₀‖₂/N_Φ, a fraction; NaN if there is no N_Φ for such images."""
        return self.code_errors[self.best]

    @cached_property
    def relative_errors(self) -> list[float]:
        """‖Φ(x*) − Φ₀‖₂/‖Φ₀‖₂ of every restart, a fraction."""
        target = self._weighed(self.target[0, ...])
        return [relative_error(self._weighed(y), target) for y in self.codes]

    def _weighed(self, y: Array) -> Array:
        return y if self.mask is None else y * self.mask

    @property
    def relative_error(self) -> float:
        """‖Φ(x*) − Φ₀‖₂/‖Φ₀‖₂, a fraction."""
        return self.relative_errors[self.best]

    @property
    def stop(self) -> str:
        """Why the run ended, one sentence."""
        return self.minimum.stop[self.best]

    def summary(self) -> dict[str, Any]:
        """The run's record, ready for JSON: versions, constants and figures."""
        return {
            "representation": self.representation.name,
            "layers": [repr(layer) for _, layer in self.representation],
            "image_shape": list(self.minimum.x.shape[1:]),
            "code_shape": list(self.target.shape[1:]),
            "seed": self.seed,
            "restarts": len(self.codes),
            "preset": self.preset.as_dict(),
            "weights": {name: float(term.weight) for name, term in self.terms.items()},
            "sigma": self.sigma,
            "normalizer": _number(self.normalizer),
            "best": self.best,
            "steps": self.minimum.steps,
            "stop": list(self.minimum.stop),
            "energy": [_number(v) for v in self.energies],
            "parts": {k: [_number(v) for v in p] for k, p in self.minimum.parts.items()},
            "code_error": [_number(v) for v in self.code_errors],
            "relative_error": [_number(v) for v in self.relative_errors],
            "versions": _versions(),
        }

    def comparison(self) -> Image:
        """Original (if known), a picture of the code, and every reconstruction, side by side.

        Codes that forget contrast, as HOG and SIFT do, leave it to the prior, which prefers little
        of it: so the reconstructions are stretched to the full range here, as in the paper's
        figures, and the caption says so. `images` and ``reconstruction.png`` are not.
        """
        images = [self.representation.picture(self.target[0, ...])]
        captions = [f"{self.representation.name} code"]
        if self.original is not None:
            images.insert(0, self.original)
            captions.insert(0, "original")
        for image, error, relative in zip(
            self.images, self.code_errors, self.relative_errors, strict=True
        ):
            images.append(stretch(image))
            shown = relative if math.isnan(error) else error
            measure = "relative error" if math.isnan(error) else "code error"
            captions.append(f"reconstruction, {measure} {100 * shown:.1f} %, stretched")
        return tile(images, captions)

    def save(
        self, folder: str | os.PathLike[str], source: str | os.PathLike[str] | None = None
    ) -> None:
        """Write the pictures and the record into ``folder``, every file whole or not at all.

        ``reconstruction.png`` (of several restarts the best, with all of them numbered beside
        it), ``comparison.png``, ``energy.png``, ``snapshots/`` if any were kept, and
        ``result.json`` with `summary` and the SHA-256 of the ``source`` file, if given, and of
        every file written. Files of an earlier result in the same folder are replaced, or removed.

        Raises
        ------
        OutputError
            If the folder cannot be written, or the source file would be overwritten.
        """
        out = Path(folder)
        if source is not None and would_overwrite(out, source):
            raise OutputError(f"cannot write into '{out}': it would replace '{source}'")
        pictures = {"reconstruction.png": self.image, "comparison.png": self.comparison()}
        if len(self.images) > 1:
            pictures |= {f"reconstruction-{i}.png": v for i, v in enumerate(self.images)}
        for step, frames in self.snapshots:
            pictures |= {f"snapshots/{step:05d}-{i}.png": v for i, v in enumerate(frames)}
        files = {name: png(image) for name, image in pictures.items()}
        files["energy.png"] = energy_figure(self.history)
        record = self.summary() | {
            "source": {} if source is None else {str(source): _sha256(_read(Path(source)))},
            "files": {name: _sha256(data) for name, data in files.items()},
        }
        files[RECORD] = (json.dumps(record, indent=2, allow_nan=False) + "\n").encode()
        _remove_earlier(out, keep=files)
        for name, data in files.items():
            write_bytes(out / name, data)


def would_overwrite(folder: Path, source: str | os.PathLike[str]) -> bool:
    """Whether a result saved into ``folder`` would replace the file ``source``."""
    path = Path(source).resolve()
    inside = path.relative_to(folder.resolve()) if path.is_relative_to(folder.resolve()) else None
    return inside is not None and (inside.as_posix() == RECORD or _is_ours(inside.as_posix()))


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes have left of the files of a result; none may be at work."""
    for place in ("", "snapshots/"):
        for file, name in unfinished(folder / place):
            if name == RECORD or _is_ours(place + name):
                with suppress(OSError):
                    file.unlink()


def _is_ours(name: str) -> bool:
    return re.fullmatch(OURS, name) is not None


def _remove_earlier(folder: Path, keep: Container[str]) -> None:
    """Remove the files that an earlier record in ``folder`` lists and that will not be replaced."""
    try:
        earlier = json.loads((folder / RECORD).read_bytes())["files"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return
    for name in earlier if isinstance(earlier, dict) else ():
        if _is_ours(name) and name not in keep:
            try:
                (folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"cannot remove '{folder / name}': {error.strerror}") from None


def _number(value: float) -> float | None:
    """A float for JSON, which knows no NaN or infinity."""
    return float(value) if math.isfinite(value) else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from None


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("inverse", "numpy", "scipy", "pillow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
