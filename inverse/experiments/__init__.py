"""The paper's tables and figures, each in a file of its own, and the engine that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inverse.experiments import (
    fig2,
    fig4,
    fig5,
    fig6,
    fig7,
    fig8,
    fig9,
    fig10,
    fig11,
    green,
    invariance,
    origin,
    table1,
    table2,
    table3,
)
from inverse.experiments.experiment import Experiment, Setting

__all__ = ["EXPERIMENTS", "Experiment", "Setting"]

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        module.EXPERIMENT.name: module.EXPERIMENT
        for module in (
            table1, table2, table3, fig2, fig4, fig5, fig6, fig7, fig8, fig9, fig10, fig11, green,
            invariance, origin,
        )
    }
)  # fmt: skip
"""Every experiment by its name, in the order of the paper."""
