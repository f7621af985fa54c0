"""Runs kept in files, so that what was killed can go on as if nothing had been."""

from inverse.checkpoint.description import describe, difference, run
from inverse.checkpoint.keeping import Checkpoint
from inverse.checkpoint.lock import Lock

__all__ = ["Checkpoint", "Lock", "describe", "difference", "run"]
