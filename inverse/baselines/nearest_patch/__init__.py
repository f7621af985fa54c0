"""Inversion of dense SIFT by nearest patches (Weinzaepfel, Jégou & Pérez, CVPR 2011)."""

from inverse.baselines.nearest_patch.database import NearestPatch
from inverse.baselines.nearest_patch.mosaic import Mosaic, lay
from inverse.baselines.nearest_patch.poisson import blend, fill
from inverse.baselines.nearest_patch.search import nearest

__all__ = ["Mosaic", "NearestPatch", "blend", "fill", "lay", "nearest"]
