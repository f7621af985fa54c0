"""Errors of the package: each message is one sentence, what was expected and what came."""

from __future__ import annotations

__all__ = ["InputError", "InverseError", "OutputError", "ParameterError", "ShapeError"]


class InverseError(Exception):
    """Base of every error that a user's mistake can cause."""


class ParameterError(InverseError, ValueError):
    """A parameter outside its allowed values: ``<Class>.<field> must <rule>, got <value>``."""


class ShapeError(InverseError, ValueError):
    """An array whose shape does not fit: the message has the expected and the given shape."""


class InputError(InverseError, ValueError):
    """A file or an array that cannot be used: unreadable, too large, not finite."""


class OutputError(InverseError, OSError):
    """A result that cannot be written."""
