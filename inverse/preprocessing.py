"""Preprocessing: what a network's input is, in terms of the values of a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from inverse.errors import InputError, ParameterError

__all__ = ["STEPS", "Preprocessing", "from_metadata", "from_sidecar"]

STEPS = ("preprocessing", "preprocessing/order", "preprocessing/layout")
"""The names of the layers that make a network's input of x."""

LARGEST = 16384
"""Rows, columns or channels of an input at the most."""


@dataclass(frozen=True)
class Preprocessing:
    """A network's input is (range · p − mean)/std, channel by channel, for values p of 0–1.

    Parameters
    ----------
    size : (height, width), optional
        To which pictures are resized, their aspect not kept. None if the network takes any size.
    channels : int
        1 for grey pictures, 3 for color; any other number for arrays of so many channels.
    order : {"RGB", "BGR"}
        Order of the three channels of color.
    range : float
        What white is before the mean is subtracted: 1 or 255.
    mean, std : float or sequence of float, one for each channel in ``order``
        ``mean=None`` says that nothing is known of it and 0 is subtracted.
    layout : {"NCHW", "NHWC"}
        Order of the axes of the network's input.

    Notes
    -----
    The same names are the keys of ``"input"`` in a JSON file beside the model, ``NAME.json`` for
    ``NAME.onnx``:

        {"input": {"size": [227, 227], "order": "BGR", "range": 255, "mean": [104, 117, 123]}}

    Examples
    --------
    >>> Preprocessing((227, 227), order="BGR", range=255.0, mean=[104, 117, 123]).center
    (123.0, 117.0, 104.0)
    """

    size: tuple[int, int] | None = None
    channels: int = 3
    order: str = "RGB"
    range: float = 1.0
    mean: Any = None
    std: Any = 1.0
    layout: str = "NCHW"

    def __post_init__(self) -> None:
        if self.size is not None:
            object.__setattr__(self, "size", _size(self.size))
        for name, allowed in (("order", ("RGB", "BGR")), ("layout", ("NCHW", "NHWC"))):
            value = getattr(self, name)
            if value not in allowed:
                raise _wrong(name, f"be one of {', '.join(allowed)}", value)
        whole = isinstance(self.channels, int) and not isinstance(self.channels, bool)
        if not whole or not 1 <= self.channels <= LARGEST:
            raise _wrong("channels", f"be a whole number of 1 to {LARGEST}", self.channels)
        if not _is_number(self.range) or self.range <= 0:
            raise _wrong("range", "be positive", self.range)
        if self.mean is not None:
            object.__setattr__(self, "mean", self._numbers("mean"))
        object.__setattr__(self, "std", self._numbers("std"))
        if min(self.std) <= 0:
            raise _wrong("std", "be positive", self.std)

    def _numbers(self, name: str) -> tuple[float, ...]:
        value = getattr(self, name)
        if hasattr(value, "tolist"):  # an array
            value = value.tolist()
        values = tuple(value) if isinstance(value, list | tuple) else (value,) * self.channels
        if len(values) != self.channels or not all(_is_number(v) for v in values):
            raise _wrong(name, f"be a number, or {self.channels} of them", value)
        return tuple(float(v) for v in values)

    @property
    def center(self) -> tuple[float, ...]:
        """The mean in grey levels 0–255 of R, G, B; and 128 where no mean is known."""
        if self.mean is None:
            return (128.0,) * self.channels
        return tuple(255 * m / self.range for m in self._as_rgb(self.mean))

    @property
    def scale_and_shift(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """a and b with which the input is a x + b for x in grey levels less `center`, as R, G, B.

        With p = (x + center)/255: a = range/(255 std), b = (range · center/255 − mean)/std.
        """
        mean = (0.0,) * self.channels if self.mean is None else self._as_rgb(self.mean)
        values = list(zip(self.center, mean, self._as_rgb(self.std), strict=True))
        scale = tuple(self.range / (255 * std) for _, _, std in values)
        shift = tuple((self.range * c / 255 - m) / std for c, m, std in values)
        return scale, shift

    @property
    def reverses(self) -> bool:
        """Whether the network takes the channels of a color picture in reverse order."""
        return self.order == "BGR" and self.channels == 3

    def _as_rgb(self, values: tuple[float, ...]) -> tuple[float, ...]:
        return values[::-1] if self.reverses else values

    def as_dict(self) -> dict[str, Any]:
        """The keys of the JSON file."""
        return asdict(self)

    @classmethod
    def of(cls, given: Mapping[str, Any], where: str) -> Preprocessing:
        """The preprocessing with some values given; ``where`` they are from is said in errors.

        Raises
        ------
        InputError
            If a key is unknown, or a value is not allowed.
        """
        known = [own.name for own in fields(cls)]
        unknown = [key for key in given if key not in known]
        if unknown:
            raise InputError(
                f"{where}: the keys of an input must be among {', '.join(known)}, "
                f"got {unknown[0]!r}"
            )
        try:
            return cls(**given)
        except ParameterError as error:
            raise InputError(f"{where}: {error}") from None


def from_sidecar(model: Path) -> dict[str, Any]:
    """What the JSON file beside a model says of its input; nothing if there is no such file.

    Raises
    ------
    InputError
        If the file is no JSON, or its "input" is no object.
    """
    path = model.with_suffix(".json")
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > 1 << 20:
            raise InputError(f"'{path}' must be at most 1 MiB")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"'{path}' is no JSON file: {error}") from None
    found = content.get("input", {}) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise InputError(f"'{path}' must be an object whose \"input\" is an object")
    return found


def from_metadata(entries: Mapping[str, str], where: str) -> dict[str, Any]:
    """What the metadata of a model say: ``inverse.input``, JSON as above, or ONNX's Image.* keys.

    ONNX knows ``Image.BitmapPixelFormat`` (Rgb8, Bgr8, Gray8) and ``Image.NominalPixelRange``
    (NominalRange_0_255, Normalized_0_1, Normalized_1_1).
    """
    if "inverse.input" in entries:
        try:
            found = json.loads(entries["inverse.input"])
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: metadata 'inverse.input' is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise InputError(f"{where}: metadata 'inverse.input' must be an object")
        return found
    formats: dict[str, dict[str, Any]] = {
        "Rgb8": {"order": "RGB"},
        "Bgr8": {"order": "BGR"},
        "Gray8": {"channels": 1},
    }
    ranges: dict[str, dict[str, Any]] = {
        "NominalRange_0_255": {"range": 255.0},
        "Normalized_0_1": {"range": 1.0},
        "Normalized_1_1": {"range": 2.0, "mean": 1.0},
    }
    said: dict[str, Any] = {}
    for key, known in (("Image.BitmapPixelFormat", formats), ("Image.NominalPixelRange", ranges)):
        if key in entries and entries[key] not in known:
            raise InputError(
                f"{where}: metadata '{key}' must be one of {', '.join(known)}, got {entries[key]!r}"
            )
        said |= known.get(entries.get(key, ""), {})
    return said


def _size(value: Any) -> tuple[int, int]:
    value = value.tolist() if hasattr(value, "tolist") else value
    values = tuple(value) if isinstance(value, list | tuple) else ()
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in values)
    if len(values) != 2 or not whole or not all(1 <= v <= LARGEST for v in values):
        raise _wrong("size", f"be two whole numbers (height, width) of 1 to {LARGEST}", value)
    return int(values[0]), int(values[1])


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and -1e9 < value < 1e9  # type: ignore[operator]


def _wrong(field: str, rule: str, value: object) -> ParameterError:
    return ParameterError(f"Preprocessing.{field} must {rule}, got {value!r}")
