"""The methods that the paper compares inversion with."""

from inverse.baselines.hoggle import Hoggle
from inverse.baselines.nearest_patch import NearestPatch

__all__ = ["Hoggle", "NearestPatch"]
