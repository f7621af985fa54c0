"""Figures drawn with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

__all__ = ["energy_figure"]

TITLES = {"energy": "energy", "data": "data term", "alpha": "α-norm", "tv": "total variation"}

LARGEST = 1e30


def energy_figure(history: Mapping[str, np.ndarray]) -> bytes:
    """A PNG of the energy and each of its weighted terms against the iteration, on a log scale.

    Restarts are thin lines of the same color.
    """
    # imported here: matplotlib takes longer to load than a small inversion takes to run
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    # what diverged beyond all bounds is left out: a logarithmic axis cannot hold it
    shown = {k: np.where((v > 0) & (v < LARGEST), v, np.nan) for k, v in history.items()}
    for i, (name, values) in enumerate(shown.items()):
        lines = axes.plot(values, color=f"C{i}", lw=1.8 if name == "energy" else 1.1)
        if lines:
            lines[0].set_label(TITLES.get(name, name))
    anything = any(np.isfinite(values).any() for values in shown.values())
    axes.set(xlabel="iteration", ylabel="value", yscale="log" if anything else "linear")
    axes.grid(alpha=0.3)
    axes.legend()
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120)
    return data.getvalue()
