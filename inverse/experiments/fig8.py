"""Figure 8: the last layer of the network inverted with three weights of the prior."""

from inverse.experiments.sweep import sweep

__all__ = ["EXPERIMENT"]

EXPERIMENT = sweep(
    "fig8",
    "Figure 8: the last layer with three weights of the prior",
    "small/fc8",
    "The last layer of small has ten numbers, CaffeNet's a thousand: most of what is in the "
    "picture is the prior's choice.",
    "The photo, and three reconstructions from fc8, the prior growing from left to right.",
)
