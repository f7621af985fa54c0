"""HOGgle, the method that the paper's HOG inversion is compared with (Vondrick et al. 2013)."""

from inverse.baselines.hoggle.dictionary import Dictionary
from inverse.baselines.hoggle.inversion import Hoggle
from inverse.baselines.hoggle.lasso import nonnegative_lasso
from inverse.baselines.hoggle.learning import Learning

__all__ = ["Dictionary", "Hoggle", "Learning", "nonnegative_lasso"]
