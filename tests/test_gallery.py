"""Each mistake of docs/gallery is found by the check that the page names; the right code passes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from inverse import testing
from tests.support import normal

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mistakes = load(GALLERY / "mistakes.py")
MISTAKES = load(ROOT / "docs" / "reference" / "broken_gradients.py").MISTAKES

SCALE = np.array([1, 2, 0.5])
CASES: dict[str, tuple[tuple[Any, ...], tuple[int, ...], str]] = {
    "WrongSign": ((), (2, 7, 6, 1), "backward is not the adjoint of forward"),
    "ForgottenBorder": ((2.0,), (2, 7, 6, 1), "the gradient disagrees with finite differences"),
    "StaleCache": ((), (2, 5, 4, 3), "state is kept outside the cache, a later forward changes"),
    "InPlace": ((), (2, 5, 4, 3), "forward writes to its input x"),
    "ForgottenMean": ((SCALE, SCALE), (2, 5, 4, 3), "backward disagrees with finite differences"),
    "BatchForChannels": ((3, 0.5), (2, 5, 4, 3), "backward mixes the images of a batch"),
    "TransposedBlocks": ((2,), (2, 6, 4, 3), "backward is not the adjoint of forward"),
    "ForgottenTwo": (
        (normal(1, (1, 5, 4, 3)),),
        (2, 5, 4, 3),
        "the gradient disagrees with finite differences",
    ),
    "NanWhereFlat": ((1.0,), (2, 7, 6, 1), "the gradient is not finite for a generic float64"),
    "AddedOnce": (((3, 3), (2, 2)), (2, 7, 9, 3), "backward disagrees with finite differences"),
}
"""What each is made with, the shape of an x, and the message."""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_by_the_check_that_is_named(name: str, seed: int) -> None:
    parameters, shape, message = CASES[name]
    check = getattr(testing, MISTAKES[name][1])
    with pytest.raises(AssertionError, match=f"^{name}: {message}"):
        check(getattr(mistakes, name)(*parameters), normal(seed, shape), rng=seed)


@pytest.mark.parametrize("name", MISTAKES)
def test_without_the_mistake_the_check_passes(name: str) -> None:
    parameters, shape, _ = CASES[name]
    right = getattr(mistakes, name).__base__
    if name == "StaleCache":
        right = mistakes.ReLU
    getattr(testing, MISTAKES[name][1])(right(*parameters), normal(0, shape))


def test_every_picture_is_made_by_the_script_and_shown() -> None:
    page, script = ((GALLERY / name).read_text() for name in ("README.md", "make_gallery.py"))
    pictures = {path.stem for path in GALLERY.glob("*.png")}
    assert {picture for picture, _ in MISTAKES.values()} <= pictures
    for picture in pictures:
        assert f'"{picture}"' in script
        assert f"]({picture}.png)" in page
    assert sum(path.stat().st_size for path in GALLERY.glob("*.png")) < 400_000
