"""Sheets of pictures in rows and columns, for the figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from inverse.image import Image, resize

__all__ = ["folded", "framed", "sheet"]

GAP, LINE, FONT = 6, 16, 11


@cache
def _font() -> ImageFont.FreeTypeFont:
    """A font with Greek letters and superscripts, which Pillow's own lacks; matplotlib has it."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", FONT)


def sheet(
    rows: Sequence[Sequence[Image | None]],
    heads: Sequence[str] = (),
    captions: Sequence[Sequence[str]] = (),
    height: int = 128,
) -> Image:
    """Pictures on white, all ``height`` pixels high, in columns as wide as their widest.

    Parameters
    ----------
    rows : sequences of images
        None leaves a place empty.
    heads : sequence of str
        What stands above the columns.
    captions : sequences of str
        What stands under each picture; shaped as ``rows``.
    height : int
        Of every picture.
    """
    cells = [[None if v is None else _rgb(v, height) for v in row] for row in rows]
    font = _font()
    texts = [list(heads), *(list(line) for line in captions)]
    widths = [0] * max(max(map(len, cells)), max(map(len, texts)))
    for line in texts:
        for i, text in enumerate(line):
            widths[i] = max(widths[i], round(font.getlength(text)) + 1)
    for row in cells:
        for i, cell in enumerate(row):
            widths[i] = max(widths[i], 0 if cell is None else cell.shape[1])
    lefts = [GAP + sum(widths[:i]) + GAP * i for i in range(len(widths) + 1)]
    step = height + GAP + (LINE if captions else 0)
    top = GAP + (LINE if heads else 0)
    page = Pillow.new("RGB", (lefts[-1], top + step * len(cells)), "white")
    draw = ImageDraw.Draw(page)
    for i, text in enumerate(heads):
        draw.text((lefts[i], GAP - 2), text, "black", font)
    for j, row in enumerate(cells):
        for i, cell in enumerate(row):
            if cell is not None:
                page.paste(Pillow.fromarray(cell), (lefts[i], top + j * step))
        for i, text in enumerate(captions[j] if captions else ()):
            draw.text((lefts[i], top + j * step + height + 1), text, "black", font)
    return np.asarray(page, dtype=np.float32) / 255


def folded(images: Sequence[Image], captions: Sequence[str], columns: int) -> Image:
    """A sheet of one long row, with captions, folded after so many columns."""
    starts = range(0, len(images), columns)
    return sheet(
        [images[i : i + columns] for i in starts],
        captions=[captions[i : i + columns] for i in starts],
    )


def _rgb(image: Image, height: int) -> np.ndarray:
    """An image of 8 bits and three channels."""
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    scaled = resize(image, height, width)
    rgb = scaled if scaled.ndim == 3 else np.repeat(scaled[..., None], 3, axis=2)
    return (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def framed(image: Image, top: float, left: float, bottom: float, right: float) -> Image:
    """The image, in color, with a white box drawn; edges in pixels, cut to the image."""
    rgb = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image.copy()
    h, w = rgb.shape[:2]
    t, b = (int(np.clip(round(v), 0, h - 1)) for v in (top, bottom))
    le, r = (int(np.clip(round(v), 0, w - 1)) for v in (left, right))
    for rows, columns in (
        (slice(t, t + 1), slice(le, r + 1)),
        (slice(b, b + 1), slice(le, r + 1)),
        (slice(t, b + 1), slice(le, le + 1)),
        (slice(t, b + 1), slice(r, r + 1)),
    ):
        rgb[rows, columns] = 1.0
    return rgb
