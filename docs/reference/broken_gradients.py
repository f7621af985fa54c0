"""The table of the gallery of broken gradients: each mistake, its check, and how far it leads."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "gallery"

MISTAKES = {
    "WrongSign": ("wrong-sign", "check_adjoint"),
    "ForgottenBorder": ("forgotten-border", "check_term"),
    "StaleCache": ("stale-cache", "check_layer"),
    "InPlace": ("in-place", "check_layer"),
    "ForgottenMean": ("forgotten-mean", "check_layer"),
    "BatchForChannels": ("batch-for-channels", "check_layer"),
    "TransposedBlocks": ("transposed-blocks", "check_adjoint"),
    "ForgottenTwo": ("forgotten-two", "check_term"),
    "NanWhereFlat": ("nan-where-flat", "check_term"),
    "AddedOnce": ("added-once", "check_layer"),
}
"""Class in docs/gallery/mistakes.py: its picture, and the check of `inverse.testing` by name."""


def gallery():
    """A row for each mistake."""
    errors = json.loads((FOLDER / "errors.json").read_text())
    rows = [
        f"| {number} | `{name}` | `{check}` | {errors[picture][0]} | {errors[picture][1]} |"
        for number, (name, (picture, check)) in enumerate(MISTAKES.items(), 1)
    ]
    head = ["| | mistake | found by | right | broken |", "|--:|---|---|--:|--:|"]
    return "\n".join((*head, *rows))
