"""Picture files: of every usual format and kind, damaged, or with sizes that they do not have."""

import functools
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

import inverse
from inverse.image import MAX_PIXELS
from tests.fuzz.mutation import SIZES, mutate

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def prepare(home):
    """Load Pillow's formats."""
    Image.init()
    inverse.read_image(inverse.photos.path("hat"))
    for data in (data for kind, some in samples().items() if kind != "other" for data in some):
        path = os.path.join(home, "sample")
        with open(path, "wb") as file:
            file.write(data)
        assert read(path) is None


@functools.cache
def samples():
    """(name, bytes) of small pictures of all formats."""
    photo = Image.open(inverse.photos.path("hat")).convert("RGB").resize((24, 20))
    grey, alpha = photo.convert("L"), photo.convert("RGBA")
    palette, deep = photo.convert("P", palette=Image.Palette.ADAPTIVE), _deep(grey)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = {"jpg": [], "png": [], "tif": [], "gif": [], "bmp": [], "webp": [], "other": []}
    for picture in (photo, grey, photo.convert("CMYK")):
        found["jpg"] += [_save(picture, "JPEG"), _save(picture, "JPEG", progressive=True)]
    found["jpg"].append(_save(photo, "JPEG", exif=exif, quality=90))
    for picture in (photo, grey, alpha, palette, deep, grey.convert("1"), grey.convert("LA")):
        found["png"].append(_save(picture, "PNG"))
    found["png"] += [
        _save(palette, "PNG", transparency=3), _save(photo, "PNG", transparency=(0, 0, 0)),
        _save(photo, "PNG", save_all=True, append_images=[photo.rotate(90)]),
        _save(photo, "PNG", exif=exif),
    ]  # fmt: skip
    floats = Image.fromarray(np.asarray(grey, dtype=np.float32) / 255)
    for picture in (
        photo,
        grey,
        alpha,
        palette,
        deep,
        floats,
        grey.convert("I"),
        grey.convert("1"),
    ):
        found["tif"] += [_save(picture, "TIFF"), _save(picture, "TIFF", compression="tiff_lzw")]
    for kind in ("jpeg", "packbits", "tiff_adobe_deflate"):
        found["tif"].append(_save(photo, "TIFF", compression=kind))
    found["gif"] += [
        _save(palette, "GIF"), _save(palette, "GIF", transparency=1), _save(grey, "GIF"),
        _save(palette, "GIF", save_all=True, append_images=[palette.rotate(90)], duration=5),
    ]  # fmt: skip
    found["bmp"] += [_save(p, "BMP") for p in (photo, grey, palette, alpha, grey.convert("1"))]
    found["webp"] += [
        _save(photo, "WEBP"), _save(alpha, "WEBP", lossless=True), _save(photo, "WEBP", exif=exif),
        _save(photo, "WEBP", save_all=True, append_images=[photo.rotate(90)]),
    ]  # fmt: skip
    kinds = ("PPM", "TGA", "ICO", "PCX", "SGI", "QOI", "JPEG2000", "DDS", "ICNS", "EPS", "IM")
    kinds += ("MPO", "XBM", "SPIDER", "BLP", "AVIF", "PDF", "DIB")
    for kind in kinds:
        picture = {"XBM": grey.convert("1"), "SPIDER": floats, "BLP": palette}.get(kind, photo)
        if kind in Image.SAVE:
            found["other"].append(_save(picture, kind))
    return found


def _save(picture, kind, **options):
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def _deep(grey):
    return Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)


def png(chunks):
    """A PNG of (type, content) with checksums that hold."""
    parts = (
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )  # fmt: skip
    return SIGNATURE + b"".join(parts)


def chunks_of(data):
    """The (type, content) of a PNG."""
    at, found = len(SIGNATURE), []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _png_case(rng, data):
    """Contents of chunks changed under checksums that hold."""
    chunks = chunks_of(data)
    i = rng.randrange(len(chunks))
    kind, content = chunks[i]
    change = rng.randrange(6)
    if change == 0:
        del chunks[i]
    elif change == 1:
        chunks.insert(rng.randrange(len(chunks) + 1), chunks[i])
    elif change == 2:
        other = rng.choice((b"zTXt", b"iTXt", b"iCCP", b"tRNS", b"PLTE", b"eXIf", b"acTL", b"fdAT"))
        text = b"k\0\0" + zlib.compress(bytes(rng.choice((10, 1000, 10**6))))
        chunks.insert(rng.randrange(1, len(chunks)), (other, rng.choice((text, content, b""))))
    elif change == 3:
        head = bytearray(chunks[0][1])
        at = rng.choice((0, 4))
        head[at : at + 4] = struct.pack(">I", rng.choice(SIZES) % 2**32)
        if rng.random() < 0.5:
            head[8:10] = rng.choice((1, 2, 4, 8, 16)), rng.choice((0, 2, 3, 4, 6))
        chunks[0] = (b"IHDR", bytes(head[:13]))
    else:
        chunks[i] = (kind, mutate(rng, content))
    return png(chunks)


def _bomb(rng):
    """A large picture in a small file, within the limit of pixels and beyond it."""
    side = rng.choice((1000, 3000, 7000, 7100, 20_000))
    depth, color, width = rng.choice(((1, 0, 1 / 8), (8, 3, 1), (8, 2, 3), (8, 6, 4), (16, 0, 2)))
    head = struct.pack(">IIBBBBB", side, side, depth, color, 0, 0, 0)
    packer = zlib.compressobj(1)
    row, rows = bytes(1 + int(side * width + 0.9)), min(side, 7100)
    data = b"".join(packer.compress(row * 100) for _ in range(rows // 100)) + packer.flush()
    palette = [(b"PLTE", bytes(range(9))), (b"tRNS", b"\x05")] if color == 3 else []
    return png([(b"IHDR", head), *palette, (b"IDAT", data), (b"IEND", b"")])


def case(rng, folder):
    """Read a picture that is damaged, and check what comes."""
    kind = rng.choice(("jpg", "png", "png", "tif", "tif", "gif", "bmp", "webp", "other"))
    data = rng.choice(samples()[kind])
    if kind == "png" and rng.random() < 0.6:
        data = _bomb(rng) if rng.random() < 0.03 else _png_case(rng, data)
    elif rng.random() < 0.95:
        data = mutate(rng, data)
    path = os.path.join(folder, f"picture.{rng.choice((kind, 'png', 'eps'))}")
    with open(path, "wb") as file:
        file.write(data)
    most = rng.choice((MAX_PIXELS, MAX_PIXELS, 10**5))
    return functools.partial(read, path, most)


def read(path, most=MAX_PIXELS):
    """Read a picture: it is what its function says, or refused."""
    image = inverse.read_image(path, max_pixels=most)
    if image.dtype != np.float32 or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        return f"fault: an array of {image.dtype}, {image.shape}"
    if not image.size or image.shape[0] * image.shape[1] > most:
        return f"fault: a picture of {image.shape}"
    if not (image.min() >= 0 and image.max() <= 1):
        return f"fault: values of {image.min()} to {image.max()}"
    return None
