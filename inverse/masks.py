"""Parts of a code: a neighborhood of places, a group of channels, a single unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.errors import ParameterError, ShapeError
from inverse.receptive_field import Box

__all__ = ["Part"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """The part of a code that an inversion is to match; the rest is left to the prior.

    Parameters
    ----------
    neighborhood : (rows, columns), optional
        A rectangle of places of a code (rows, cols, channels): all places if None.
    at : (row, column), optional
        Its first place; by default it is in the center, as in the paper's Figure 9.
    channels : sequence of int, optional
        Only these channels.
    group : (k, of), optional
        Only the k-th (from 0) of so many equal groups of channels, as in the paper's Figure 10.
    unit : tuple of int, optional
        Only one number: (row, column, channel), or (channel,) of a code without places.

    Notes
    -----
    Of N rows, n in the center begin at row ⌊(N − n)/2⌋: for 55, 27, 13 and 6 rows and n = 5 at
    25, 11, 4 and 0, as in the authors' code.

    Examples
    --------
    >>> Part(neighborhood=(5, 5)).mask((13, 13, 4)).sum()
    np.float64(100.0)
    >>> Part(group=(1, 2)).mask((6, 6, 4))[0, 0].tolist()
    [0.0, 0.0, 1.0, 1.0]
    """

    neighborhood: Pair | None = None
    at: Pair | None = None
    channels: Sequence[int] | None = None
    group: Pair | None = None
    unit: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for own in fields(self):
            value = getattr(self, own.name)
            if isinstance(value, Iterable):
                object.__setattr__(self, own.name, tuple(value))
        parts = ("neighborhood", "channels", "group", "unit")
        given = [name for name in parts if getattr(self, name) not in (None, ())]
        if not given:
            raise ParameterError(
                "Part must have a neighborhood, channels, a group or a unit, got none of them"
            )
        if self.unit and len(given) > 1:
            raise ParameterError(f"Part.unit must be given alone, got {' and '.join(given)} too")
        if self.channels and self.group:
            raise ParameterError("Part must have channels or a group, got both")
        if self.at and not self.neighborhood:
            raise ParameterError("Part.at must come with a neighborhood, got none")
        for name, least in (("neighborhood", 1), ("at", 0), ("group", 0)):
            value = getattr(self, name)
            if value is not None and not _whole(value, least, 2):
                raise ParameterError(
                    f"Part.{name} must be two whole numbers of at least {least}, got {value!r}"
                )
        for name in ("channels", "unit"):
            value = getattr(self, name)
            if value is not None and not _whole(value, 0):
                raise ParameterError(
                    f"Part.{name} must be whole numbers of at least 0, got {value!r}"
                )
        if self.group and self.group[0] >= self.group[1]:
            raise ParameterError(
                f"Part.group must be (k, of) with k from 0 to of - 1, got {self.group!r}"
            )

    def mask(self, shape: Shape) -> np.ndarray[Any, Any]:
        """1 on the part and 0 elsewhere, for codes of ``shape`` without the batch axis.

        Raises
        ------
        ShapeError
            If the part is not within the code, or the code has no places.
        """
        mask = np.zeros(shape)
        if self.unit is not None:
            if len(self.unit) != len(shape) or any(
                i >= n for i, n in zip(self.unit, shape, strict=True)
            ):
                raise ShapeError(f"unit {self.unit} must be within the code of shape {shape}")
            mask[self.unit] = 1
            return mask
        box = self.box(shape)
        place = (slice(box.top, box.bottom), slice(box.left, box.right)) if len(shape) == 3 else ()
        mask[(*place, ..., self._channels(shape))] = 1
        return mask

    def box(self, shape: Shape) -> Box:
        """The rectangle of places of a code (rows, cols, channels)."""
        if self.unit is not None and len(shape) == 3:
            return Box(self.unit[0], self.unit[1], self.unit[0] + 1, self.unit[1] + 1)
        if self.neighborhood is None:
            return Box(0, 0, shape[0], shape[1]) if len(shape) == 3 else Box(0, 0, 1, 1)
        if len(shape) != 3:
            raise ShapeError(f"a neighborhood takes a code (rows, cols, channels), got {shape}")
        sizes = self.neighborhood
        top, left = self.at or ((shape[0] - sizes[0]) // 2, (shape[1] - sizes[1]) // 2)
        box = Box(top, left, top + sizes[0], left + sizes[1])
        if box.top < 0 or box.left < 0 or box.bottom > shape[0] or box.right > shape[1]:
            at = f" at {self.at}" if self.at else ""
            raise ShapeError(
                f"a neighborhood of {sizes[0]}x{sizes[1]}{at} must be within the code of "
                f"{shape[0]}x{shape[1]} places"
            )
        return box

    def _channels(self, shape: Shape) -> Any:
        count = shape[-1]
        if self.channels is not None:
            if max(self.channels) >= count:
                raise ShapeError(
                    f"channels must be below {count}, the number of channels of the code, got "
                    f"{max(self.channels)}"
                )
            return list(self.channels)
        if self.group is not None:
            k, of = self.group
            if count % of:
                raise ShapeError(f"{count} channels cannot be cut into {of} equal groups")
            return slice(k * count // of, (k + 1) * count // of)
        return slice(None)


def _whole(values: Any, least: int, count: int | None = None) -> bool:
    if not isinstance(values, Sequence) or count not in (None, len(values)):
        return False
    return all(
        isinstance(v, Integral) and not isinstance(v, bool) and int(v) >= least for v in values
    )
