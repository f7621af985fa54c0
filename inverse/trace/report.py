"""What a trace found, as a table and for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inverse.arrays import Array
from inverse.layers.signals import Signal
from inverse.metrics import norm

__all__ = ["Trace"]

HEADS = ("layer", "op", "output", "|y|", "|dy|", "silent", "dead", "clamped", "not finite")


@dataclass(frozen=True, eq=False)
class Trace:
    """What goes through each layer, forward from a start and backward from the loss.

    Attributes
    ----------
    name : str
        Of the representation.
    rows : tuple of Signal
        One for each layer, in order.
    x : array (1, H, W, C)
        The start, in the representation's own space.
    loss : float
        ‖Φ(x) − Φ₀‖²/‖Φ₀‖²; where it is 0, dy is that of the inner product.
    dx : array (1, H, W, C)
        The gradient that reaches the image.
    advice : tuple of str
        One sentence for each thing that is amiss, with what helps, found by trying it.

    Notes
    -----
    Printing it shows a table, and the advice. Of each layer: |y| and |dy|, the norms of its output
    and of the loss's gradient there; silent, the share of its inputs to which it gives no gradient
    at all; dead and clamped, the shares of its outputs whose derivative is 0, with y ≤ 0 and with
    y > 0; not finite, how many of its outputs and of the gradients it gives are NaN or infinite.
    """

    name: str
    rows: tuple[Signal, ...]
    x: Array
    loss: float
    dx: Array
    advice: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All but the arrays, for JSON, in which a number that is not finite is null."""
        return {
            "representation": self.name,
            "loss": _finite(self.loss),
            "x": _finite(norm(self.x)),
            "dx": _finite(norm(self.dx)),
            "layers": [{k: _finite(v) for k, v in row._asdict().items()} for row in self.rows],
            "advice": list(self.advice),
        }

    def __str__(self) -> str:
        first = ("input", "", _shape(self.x.shape), _number(norm(self.x)), _number(norm(self.dx)))
        table = [HEADS, (*first, *[""] * 4), *(_cells(row) for row in self.rows)]
        kept = [i for i in range(9) if i < 6 or any(line[i] for line in table[1:])]
        widths = [max(len(line[i]) for line in table) for i in range(9)]
        lines = [
            "  ".join(
                line[i].rjust(widths[i]) if i > 2 else line[i].ljust(widths[i]) for i in kept
            ).rstrip()
            for line in table
        ]
        return "\n".join((f"{self.name}: loss {_number(self.loss)}", *lines, *self.advice))


def _cells(row: Signal) -> tuple[str, ...]:
    bad = row.y_not_finite + row.dx_not_finite
    shares = ("" if v is None else f"{100 * v:.1f} %" for v in (row.silent, row.dead, row.clamped))
    return (
        row.name,
        row.op,
        _shape(row.shape),
        _number(row.y),
        _number(row.dy),
        *shares,
        str(bad) if bad else "",
    )


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape[1:]))


def _number(value: float) -> str:
    return f"{value:.3g}"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
