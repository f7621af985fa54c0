"""Pictures: read, write, resize, crop, turn to grey, tile. Pillow does the work.

An image is a float32 array of values 0–1, of shape (H, W) for grey or (H, W, 3) for RGB.
"""

from __future__ import annotations

import io
import math
import os
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from inverse.errors import InputError, OutputError, ShapeError

__all__ = [
    "MAX_PIXELS", "Image", "center_crop", "grey", "png", "read_image", "resize", "stretch", "tile",
    "unfinished", "write_bytes", "write_image",
]  # fmt: skip

Image = np.ndarray[Any, np.dtype[Any]]

MAX_PIXELS = 50_000_000
"""Pictures with more pixels than this are refused before they are decoded."""

FORMATS = (
    "AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "QOI", "SGI", "TGA",
    "TIFF", "WEBP",
)  # fmt: skip
"""What is read. Not EPS: such files are programs, which Pillow has Ghostscript run. Nor icons,
which hold pictures of sizes that they do not tell."""

_PILLOW_LIMIT = threading.Lock()

STRIP = 256
"""Rows that are converted at once."""

LUMA = (0.2989, 0.5870, 0.1140)
"""Rec. 601 weights of red, green and blue, as MATLAB's rgb2gray rounds them."""


def read_image(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Image:
    """Read a picture file as float32 values 0–1, upright, grey (H, W) or RGB (H, W, 3).

    Palettes, CMYK and 16-bit pictures are converted, the camera's rotation (EXIF) is applied and
    transparency is laid over white. Whole numbers of 32 bits are read as 16-bit values and
    floating-point pictures as values 0–1; both are clipped to their range.

    Parameters
    ----------
    path : path-like
        A file of one of the formats `FORMATS`, whatever its name.
    max_pixels : int
        Larger pictures are refused before they are decoded.

    Raises
    ------
    InputError
        If the file is missing, no picture, truncated or too large.

    Examples
    --------
    >>> import inverse
    >>> inverse.read_image(inverse.photos.path("hat")).shape
    (256, 256, 3)
    """
    try:
        with _open(path) as picture:
            _check_size(path, picture.size, max_pixels)
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return _to_float(picture)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"picture '{path}' does not exist") from None
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen kinds for damaged files
        said = str(error) or type(error).__name__
        raise InputError(f"picture '{path}' cannot be read: {said}") from None


def _open(path: str | os.PathLike[str]) -> Pillow.Image:
    """The picture's header, with Pillow's own limit, a global, set aside: ours is checked."""
    with _PILLOW_LIMIT:
        limit, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
        try:
            Pillow.init()
            return Pillow.open(path, formats=[name for name in FORMATS if name in Pillow.OPEN])
        finally:
            Pillow.MAX_IMAGE_PIXELS = limit


def _check_size(path: object, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise InputError(
            f"picture '{path}' must have at most {max_pixels} pixels (--max-pixels), "
            f"got {width}x{height} = {width * height}"
        )


def _to_float(picture: Pillow.Image) -> Image:
    """Values 0–1 of a picture of any mode; in strips, as a whole would take twice the memory."""
    width, height = picture.size
    image: Image | None = None
    for top in range(0, height, STRIP):
        values = _strip_to_float(picture.crop((0, top, width, min(top + STRIP, height))))
        if image is None:
            image = np.empty((height, *values.shape[1:]), np.float32)
        image[top : top + STRIP] = values
    assert image is not None
    return image


def _strip_to_float(picture: Pillow.Image) -> Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return np.clip(np.asarray(picture).astype(np.float32) / 65535, 0, 1)
    if picture.mode == "F":
        return np.asarray(np.clip(np.asarray(picture), 0, 1))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Pillow.new("RGBA", picture.size, "white")
        picture = Pillow.alpha_composite(white, picture).convert("RGB")
    picture = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    return np.asarray(picture, dtype=np.float32) / 255


def grey(image: Image) -> Image:
    """Luminance 0.2989 R + 0.5870 G + 0.1140 B: shape (H, W); grey images pass unchanged."""
    if getattr(image, "dtype", None) not in (np.float32, np.float64):
        got = getattr(image, "dtype", type(image).__name__)
        raise InputError(f"grey takes float32 or float64 arrays of values 0-1, got {got}")
    if image.ndim == 2:
        return image
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ShapeError(f"grey takes images (H, W), (H, W, 1) or (H, W, 3), got {image.shape}")
    if image.shape[2] == 1:
        return np.asarray(image[..., 0])
    return np.asarray(image @ np.asarray(LUMA, dtype=image.dtype))


def resize(image: Image, height: int, width: int) -> Image:
    """Bicubic, antialiased resampling to (height, width)."""
    if image.ndim == 3:
        channels = [resize(image[..., c], height, width) for c in range(image.shape[2])]
        return np.stack(channels, axis=2)
    picture = Pillow.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(picture.resize((width, height), Pillow.Resampling.BICUBIC))


def center_crop(image: Image, height: int, width: int) -> Image:
    """The central (height, width) of an image at least that large."""
    h, w = image.shape[:2]
    if h < height or w < width:
        raise ShapeError(f"center_crop to {height}x{width} takes larger images, got {h}x{w}")
    top, left = (h - height) // 2, (w - width) // 2
    return image[top : top + height, left : left + width]


def stretch(image: Image) -> Image:
    """The image with its least value mapped to 0 and its largest to 1; flat images pass as grey."""
    low, high = float(image.min()), float(image.max())
    return (image - low) / (high - low) if high > low else np.full_like(image, 0.5)


def tile(images: Sequence[Image], captions: Sequence[str] = (), gap: int = 8) -> Image:
    """Images side by side on white, captions above.

    All are scaled to the height of the tallest, but to 640 pixels at the most.
    """
    height = min(max(image.shape[0] for image in images), 640)
    heading = 20 if captions else 0
    font = ImageFont.load_default(13)
    columns = []
    for image in images:
        rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
        width = round(rgb.shape[1] * height / rgb.shape[0])
        columns.append(np.clip(resize(rgb, height, width), 0, 1))
    widths = [column.shape[1] for column in columns]
    if captions:
        needed = [math.ceil(font.getlength(caption)) for caption in captions]
        widths = [max(pair) for pair in zip(widths, needed, strict=True)]
    total = sum(widths) + gap * (len(widths) + 1)
    sheet = Pillow.new("RGB", (total, height + heading + 2 * gap), "white")
    draw, left = ImageDraw.Draw(sheet), gap
    for i, column in enumerate(columns):
        sheet.paste(_to_pillow(column), (left, heading + gap))
        if captions:
            draw.text((left, gap // 2 + 2), captions[i], "black", font)
        left += widths[i] + gap
    return np.asarray(sheet, dtype=np.float32) / 255


def _to_pillow(image: Image) -> Pillow.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    return Pillow.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def write_image(path: str | os.PathLike[str], image: Image) -> None:
    """Write an image as an 8-bit PNG; values outside 0–1 are clipped, never stretched."""
    if Path(path).suffix.lower() != ".png":
        raise OutputError(f"cannot write '{path}': pictures are written as .png")
    write_bytes(path, png(image))


def png(image: Image) -> bytes:
    """An image as the bytes of an 8-bit PNG file; values outside 0–1 are clipped."""
    data = io.BytesIO()
    _to_pillow(image).save(data, format="PNG")
    return data.getvalue()


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed onto it."""
    target = Path(path)
    if not target.name:
        raise OutputError(f"cannot write '{target}': it is a folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with open(beside, "xb") as file:
                file.write(data)
                file.flush()
                # on the disk before it has the name: a power cut must not leave a name without data
                os.fsync(file.fileno())
            os.replace(beside, target)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:  # a NUL in a name is a ValueError
        said = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot write '{target}': {said}") from None


def unfinished(folder: Path) -> Iterator[tuple[Path, str]]:
    """What `write_bytes` has left in a folder where it was killed, or is at work: (file, name)."""
    for file in folder.glob(".*"):
        match = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}", file.name)
        if match:
            yield file, match[1]
