"""Adversarial files and command lines: all drawn from a kind and a seed, run under limits.

``python -m tests.fuzz KIND FIRST LAST`` runs the cases of some seeds and shows what is at fault.
"""
