"""Regularizers: the natural-image prior, as terms of the energy."""

from inverse.regularizers.alpha_norm import AlphaNorm
from inverse.regularizers.base import Regularizer
from inverse.regularizers.total_variation import TotalVariation

__all__ = ["AlphaNorm", "Regularizer", "TotalVariation"]
