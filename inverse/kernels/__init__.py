"""How layers are made fast on NumPy arrays: kernels, and the programs made of them."""

from inverse.kernels.lanes import Lanes
from inverse.kernels.plan import takes_batches
from inverse.kernels.program import Program, compile
from inverse.kernels.threads import number_of_threads, single_threaded_blas

__all__ = [
    "Lanes",
    "Program",
    "compile",
    "number_of_threads",
    "single_threaded_blas",
    "takes_batches",
]
