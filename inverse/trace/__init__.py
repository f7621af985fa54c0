"""Diagnosis: what goes through each layer at a start, where a gradient is lost, and what helps."""

from inverse.trace.follow import trace
from inverse.trace.report import Trace

__all__ = ["Trace", "trace"]
