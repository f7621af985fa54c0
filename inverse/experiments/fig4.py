"""Figure 4: HOG inverted with a weak, a comparable and a strong prior."""

from inverse.experiments.sweep import sweep

__all__ = ["EXPERIMENT"]

EXPERIMENT = sweep(
    "fig4",
    "Figure 4: HOG with three weights of the prior",
    "hog",
    "A weak prior leaves what HOG does not see to chance, a strong one smooths over what it does.",
    "The photo, then reconstructions from HOG that become smoother from left to right.",
)
