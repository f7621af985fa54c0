"""The code error of HOGgle over a folder of photos, their central 256×256 pixels in grey.

python models/hoggle/evaluate.py PHOTOS [--limit 20] [--dictionary FILE] [--pictures FILE]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import inverse
from inverse.baselines.hoggle import Hoggle
from inverse.baselines.hoggle.dictionary import EMBEDDED
from inverse.image import tile

SIZE = 256
CHANNELS = 27
"""Without those of texture, as in the paper."""


def read(path):
    """The center of a photo, in grey."""
    return inverse.grey(inverse.center_crop(inverse.read_image(path), SIZE, SIZE))


def main():
    """Invert, and print each error, the mean ± the standard deviation, and the time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="folder of photos of at least 256×256 pixels")
    parser.add_argument("--limit", type=int, help="only so many, evenly spaced")
    parser.add_argument("--dictionary", type=Path, default=EMBEDDED)
    parser.add_argument("--pictures", type=Path, help="a PNG of the first six and their photos")
    options = parser.parse_args()
    paths = sorted(options.photos.glob("*.jpg"))
    phi, hoggle = inverse.hog(), Hoggle.load(options.dictionary)
    codes = [phi(phi.encode(read(path)))[0] for path in paths]
    normalizer = inverse.metrics.mean_pairwise_distance([code[..., :CHANNELS] for code in codes])
    chosen = range(0, len(paths), max(1, len(paths) // (options.limit or len(paths))))
    errors, seconds, pictures, likeness = [], [], [], []
    for i in chosen:
        begin = time.perf_counter()
        picture = hoggle.invert(codes[i])
        seconds.append(time.perf_counter() - begin)
        found = phi(phi.encode(picture))[0][..., :CHANNELS]
        errors.append(100 * inverse.metrics.code_error(found, codes[i][..., :CHANNELS], normalizer))
        likeness.append(inverse.metrics.pixel_correlation(picture, read(paths[i])))
        pictures.append(np.concatenate([read(paths[i]), picture]))
        print(f"{paths[i].name}: {errors[-1]:.1f} %", flush=True)
    print(
        f"code error {np.mean(errors):.2f} ± {np.std(errors, ddof=1):.1f} %, pixel correlation "
        f"{np.mean(likeness):.2f}, N_Φ {normalizer:.2f}, {len(errors)} photos, "
        f"{np.mean(seconds):.1f} s each"
    )
    if options.pictures:
        inverse.write_image(options.pictures, tile(pictures[:6]))


if __name__ == "__main__":
    main()
