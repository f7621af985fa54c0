"""The methods that the paper compares inversion with."""

from inverse.baselines.attribution import Attribution, attribute
from inverse.baselines.hoggle import Hoggle
from inverse.baselines.nearest_patch import NearestPatch

__all__ = ["Attribution", "Hoggle", "NearestPatch", "attribute"]
