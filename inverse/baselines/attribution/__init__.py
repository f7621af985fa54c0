"""Attribution of a unit's value to pixels: DeConvNet, saliency and guided backpropagation."""

from inverse.baselines.attribution.attribute import Attribution, attribute
from inverse.baselines.attribution.rules import RULES, Rule, Ruled, ruled

__all__ = ["RULES", "Attribution", "Rule", "Ruled", "attribute", "ruled"]
