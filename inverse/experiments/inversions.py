"""The unit that almost every experiment is made of: one picture's code inverted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inverse.experiments import subjects
from inverse.experiments.unit import Outcome, Unit
from inverse.inversion import invert
from inverse.masks import Part
from inverse.metrics import distance, norm, pixel_correlation
from inverse.result import Result

__all__ = ["image_name", "inversion", "invert_unit", "outcome", "percent", "run"]


def inversion(
    name: str,
    subject: str,
    picture: Path | None,
    *,
    preset: str = "fast",
    changes: Mapping[str, float] | None = None,
    restarts: int = 1,
    part: Mapping[str, Any] | None = None,
    images: bool = True,
    seed: int = 0,
) -> Unit:
    """A unit that inverts the code of a picture.

    Parameters
    ----------
    name : str
        The unit's.
    subject : str
        The representation, as in `subjects.representation`.
    picture : path or None
        The picture; None is `subjects.pattern`.
    preset, changes
        A preset by name, and constants of it that are changed.
    restarts : int
        How many reconstructions.
    part : mapping, optional
        Arguments of a `Part` of the code, to which the inversion is confined.
    images : bool
        Whether the reconstructions are kept, stretched to the full range.
    seed : int
        Where the starting noise comes from.
    """
    constants = subjects.constants(subjects.representation(subject), preset, changes or {})
    arguments = {
        **subjects.description(subject),
        "original": "the picture" if picture else "the pattern",
        "preset": preset,
        "changes": dict(changes or {}),
        "constants": constants.as_dict(),
        "restarts": restarts,
        "part": dict(part or {}),
        "images": images,
        "seed": seed,
    }
    return Unit(name, arguments, picture)


def run(unit: Unit) -> Outcome:
    """Invert, and measure every restart."""
    return outcome(unit, invert_unit(unit))


def invert_unit(unit: Unit) -> Result:
    """The inversion that a unit asks for."""
    phi = subjects.representation(unit["subject"])
    return invert(
        phi,
        subjects.picture(unit.picture, phi),
        preset=subjects.constants(phi, unit["preset"], unit["changes"]),
        restarts=unit["restarts"],
        mask=Part(**unit["part"]) if unit["part"] else None,
        rng=unit["seed"],
        normalizer=1.0,
    )


def outcome(unit: Unit, result: Result) -> Outcome:
    """The figures of an inversion, and its images if the unit keeps them.

    The figures are lists, an entry for each restart, but for the ``norm`` ‖Φ₀‖; distances are of
    codes, and of the part's only if there is one.
    """
    assert result.original is not None
    original = result.original
    weights = 1.0 if result.mask is None else result.mask
    target = np.asarray(result.target[0], np.float64) * weights
    figures = {
        "norm": norm(target),
        "distance": [distance(y * weights, target) for y in result.codes],
        "correlation": [pixel_correlation(image, original) for image in result.images],
        "energy": [float(v) for v in result.energies],
        "stop": list(result.minimum.stop),
        "between codes": _between([y * weights for y in result.codes]),
        "between images": _between(result.images),
        "from original": [_root_mean_square(image - original) for image in result.images],
    }
    kept = result.images if unit["images"] else []
    return Outcome(figures, {image_name(i): subjects.shown(v) for i, v in enumerate(kept)})


def percent(found: Outcome) -> float:
    """The relative error ‖Φ(x*) − Φ₀‖/‖Φ₀‖ of the first restart, in percent."""
    return float(100 * found.figures["distance"][0] / found.figures["norm"])


def image_name(restart: int) -> str:
    """Under which name a restart's picture is kept."""
    return f"image {restart}"


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _between(arrays: list[Any]) -> list[float]:
    """Root mean squares of the differences of every two arrays."""
    return [_root_mean_square(a - b) for i, a in enumerate(arrays) for b in arrays[:i]]
