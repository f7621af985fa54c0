"""Figure 8: the last layer of the network inverted with three weights of the prior."""

from inverse.experiments.sweep import sweep

__all__ = ["EXPERIMENT"]

EXPERIMENT = sweep(
    "fig8",
    "Figure 8: the last layer with three weights of the prior",
    "small/fc8",
    "The last layer of small has ten numbers: what is in the picture is the prior's choice more "
    "than the code's, and its weight decides between fine texture and large blurred parts.",
    "The photo, then reconstructions from fc8: fine colored texture, then larger and smoother "
    "shapes as the prior grows stronger.",
)
