"""Figure 4: HOG inverted with a weak, a comparable and a strong prior."""

from inverse.experiments.sweep import sweep

__all__ = ["EXPERIMENT"]

EXPERIMENT = sweep(
    "fig4",
    "Figure 4: HOG with three weights of the prior",
    "hog",
    "The paper shows a weak prior, one that is comparable to the data term, and a strong one.",
    "The photo, and three reconstructions from HOG, the prior growing from left to right.",
)
