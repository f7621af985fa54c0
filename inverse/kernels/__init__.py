"""How layers are made fast on NumPy arrays: kernels, the programs made of them, threads."""

from inverse.kernels.program import Program, compile
from inverse.kernels.threads import for_each, number_of_threads

__all__ = ["Program", "compile", "for_each", "number_of_threads"]
