"""A picture of the first atoms of a dictionary of HOGgle: glyphs of the code, and the patch.

python models/hoggle/atoms.py OUT.png [--dictionary FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import inverse
from inverse.baselines.hoggle import Dictionary
from inverse.baselines.hoggle.dictionary import EMBEDDED
from inverse.image import resize, stretch

COLUMNS, ROWS, SIDE = 12, 4, 70


def pair(code, patch):
    """The undirected channels of 5×5 cells as glyphs, above the patch's inner 5×5 cells."""
    glyphs = inverse.hog().glyphs(np.maximum(code.reshape(5, 5, 31), 0), SIDE // 5)
    both = [stretch(glyphs), resize(stretch(patch[8:-8, 8:-8]), SIDE, SIDE)]
    return np.pad(np.concatenate(both), 2, constant_values=1)


def main():
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--dictionary", type=Path, default=EMBEDDED)
    options = parser.parse_args()
    found = Dictionary.load(options.dictionary)
    patches = found.patches
    pairs = [pair(found.code[i], patches[i]) for i in range(COLUMNS * ROWS)]
    rows = [np.concatenate(pairs[i::ROWS], axis=1) for i in range(ROWS)]
    inverse.write_image(options.out, np.concatenate(rows))


if __name__ == "__main__":
    main()
