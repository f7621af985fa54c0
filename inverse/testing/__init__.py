"""Checks of the contract that every layer and term keeps, for the layers of users too.

Each check draws its own random numbers from ``rng``, raises AssertionError with one sentence that
names the fault and has both numbers, and returns nothing when all is well. Give inputs as the
layer meets them, but generic: random values, no two equal, none on a kink.
"""

from inverse.testing.adjoint import check_adjoint
from inverse.testing.layer import check_layer
from inverse.testing.term import check_term

__all__ = ["check_adjoint", "check_layer", "check_term"]
