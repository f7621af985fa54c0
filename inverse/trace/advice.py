"""What a trace means, in sentences, and which other starts help, found by trying them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from inverse.arrays import Array
from inverse.layers.faults import blocking, breaking
from inverse.layers.signals import Signal
from inverse.presets import Preset
from inverse.representations import Representation
from inverse.trace.starts import OTHER, noisy_start, other_photo

__all__ = ["advise"]

Follow = Callable[[Array], Sequence[Signal]]

NOISES = ((1.0, 0.0), (1.0, 1.0), (3.0, 0.0), (10.0, 0.0), (10.0, 1.0), (0.1, 0.0))
"""Norm and color of the noises that are tried after the preset's own."""

MANY = 0.99
"""Of a layer of which a larger share is shut, there is advice."""


def advise(
    phi: Representation,
    rows: Sequence[Signal],
    loss: float,
    start: Array,
    preset: Preset,
    follow: Follow,
) -> Iterator[str]:
    """Sentences on the layers' signals at ``start``; ``follow`` gives those at another start."""
    if loss == 0:
        yield "the code equals its target: dy is that of the inner product with it"
    broken = breaking(rows)
    if broken:
        yield f"values are not finite, first in layer {broken.title}"
        return
    blocked = blocking(rows)
    if blocked:
        yield (
            f"{blocked.title} passes no gradient from this start{_shares(blocked)}"
            f"{_instead(_passing(phi, start, preset, follow))}"
        )
        return
    for row in rows:
        if MANY < _shut(row) < 1:
            yield (
                f"of {row.title} only {100 * (1 - _shut(row)):.2g} % of the units pass a gradient"
                + (_instead(_opening(row, phi, start, preset, follow)))
            )
            return


def _shut(row: Signal) -> float:
    """Share of units whose derivative is 0, as far as it is known."""
    return (row.dead or 0.0) + (row.clamped or 0.0)


def _shares(row: Signal) -> str:
    said = [f"{100 * v:.4g} % {k}" for k, v in (("dead", row.dead), ("clamped", row.clamped)) if v]
    return f": {', '.join(said)}" if said else ""


def _instead(starts: Sequence[str]) -> str:
    if not starts:
        return "; nor does any other start that was tried help"
    return f"; start from {' or '.join(starts)}"


def _passing(phi: Representation, start: Array, preset: Preset, follow: Follow) -> list[str]:
    """The first two starts from which a gradient reaches the image."""
    found: list[str] = []
    for name, other in _others(phi, start, preset):
        rows = follow(other)
        if not breaking(rows) and not blocking(rows):
            found.append(name)
        if len(found) == 2:
            break
    return found


def _opening(
    row: Signal, phi: Representation, start: Array, preset: Preset, follow: Follow
) -> list[str]:
    """The start from which the largest share of that layer is open, if it is twice as large."""
    best, largest = "", 2 * (1 - _shut(row))
    for name, other in _others(phi, start, preset):
        rows = follow(other)
        share = 1 - next(_shut(r) for r in rows if r.name == row.name)
        if share > largest and not breaking(rows):
            best, largest = f"{name}, of which {100 * share:.2g} % do", share
    return [best] if best else []


def _others(phi: Representation, like: Array, preset: Preset) -> Iterator[tuple[str, Array]]:
    """Other starts, each with its name."""
    own = (preset.start_norm, preset.start_color)
    for norm, color in dict.fromkeys((own, *NOISES)):
        name = f"noise (start_norm={norm:g}, start_color={color:g})"
        yield name, noisy_start(phi, like, norm, color)
    photo = other_photo(phi, like)
    if photo is not None:
        yield f"a photo (inverse.photos.photo({OTHER!r}))", photo
