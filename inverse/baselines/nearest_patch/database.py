"""Nearest-patch inversion: each descriptor is replaced by the patch of a like one."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from inverse.arrays import Array, to_numpy
from inverse.baselines.archive import read_arrays
from inverse.baselines.nearest_patch.mosaic import lay
from inverse.baselines.nearest_patch.poisson import blend, fill
from inverse.baselines.nearest_patch.search import nearest
from inverse.errors import InputError, ParameterError, ShapeError
from inverse.image import Image, grey, write_bytes
from inverse.layers.descriptor_pooling import BINS
from inverse.representations import DenseSift, dsift

__all__ = ["NearestPatch"]

CODE = 128
"""Numbers of a descriptor."""


@dataclass(frozen=True, eq=False)
class NearestPatch:
    """Patches of photos with their dense SIFT descriptors; `build` makes it from photos.

    Parameters
    ----------
    phi : DenseSift
        What `inverse.dsift` gave: the codes that `invert` takes.
    descriptors : array (K, 128)
        float32.
    patches : array (K, P, P)
        Grey levels 0–255 of 8 bits; P = 5·bin_size − 1, all pixels that a descriptor sees.

    Notes
    -----
    `invert`: for each descriptor of the code

    1. find the `nearest` descriptor here (Euclidean), and take its patch;
    2. `lay` the patches: the difference of two neighboring pixels is the mean over all patches
       that hold both, weighted by a Gaussian of one bin around the patches' centers;
    3. `blend`: find the image whose differences are nearest to these, by Poisson's equation;
    4. `fill` pixels that no patch covers harmonically.

    Departures from the source: it has interest points, whose patches are warped to ellipses of
    all sizes and pasted one after another, the large ones first; here the descriptors lie on a
    dense regular grid, upright and of one size, overlap, and have no order, so they are averaged.
    With a grid no part of the image is without descriptor: holes are but rows and columns at the
    lower and right border, if the step is larger than a bin, or between patches, if the step is
    larger than a patch.

    Source: Weinzaepfel, Jégou & Pérez, Reconstructing an image from its local descriptors, CVPR
    2011.

    Examples
    --------
    >>> import inverse
    >>> phi = inverse.dsift(bin_size=4, step=4)
    >>> others = [inverse.photos.photo(name) for name in ("dress", "jacket", "shirt")]
    >>> database = NearestPatch.build(others, phi, step=8)
    >>> database.patches.shape
    (2883, 19, 19)
    >>> photo = inverse.photos.photo("hat")
    >>> database.invert(phi(phi.encode(photo)), photo.shape).shape
    (256, 256)
    """

    phi: DenseSift
    descriptors: Array
    patches: Array

    def __post_init__(self) -> None:
        _demand_whole(self.phi)
        (k, d), side = self.descriptors.shape, _side(self.phi)
        if self.patches.shape != (k, side, side) or not k:
            raise ShapeError(
                f"NearestPatch takes descriptors (K, {d}), at least one, and patches "
                f"(K, {side}, {side}), got {self.descriptors.shape} and {self.patches.shape}"
            )

    @classmethod
    def build(cls, photos: Iterable[Image], phi: DenseSift, step: int = 4) -> NearestPatch:
        """The database of all patches of photos that have a descriptor.

        Parameters
        ----------
        photos : iterable of arrays (H, W) or (H, W, 3)
            Values 0–1. A fair comparison leaves out the photo whose code is to be inverted, and
            others of the same scene: that is up to the caller.
        phi : DenseSift
            What `inverse.dsift` gives.
        step : int
            Pixels between the patches; the grid need not be that of ``phi``. A photo of 256×256
            pixels gives about (256/step)² patches, each of 512 + P² bytes.

        Raises
        ------
        ParameterError
            If ``phi`` is no whole dense SIFT, or the step not positive.
        InputError
            If there is no photo, or one is no picture.
        ShapeError
            If a photo does not hold one descriptor.

        Notes
        -----
        Patches at the border of a photo reach beyond it; there the photo is continued by its
        border pixels.
        """
        _demand_whole(phi)
        own = phi.pooling
        dense = dsift(own.bin_size, step, own.weighting, own.window_size)
        found = [_patches(np.asarray(photo), dense) for photo in photos]
        if not found:
            raise InputError("NearestPatch.build takes at least one photo, got none")
        descriptors, patches = (np.concatenate(part) for part in zip(*found, strict=True))
        return cls(phi, descriptors, patches)

    def invert(self, code: Array, image_shape: tuple[int, ...]) -> Image:
        """The image (H, W), float32, that is composed of the patches nearest to the code.

        Parameters
        ----------
        code : array (rows, cols, 128) or (1, rows, cols, 128)
            By ``phi``.
        image_shape : (H, W), or (H, W, channels)
            Of the image that the code is of; the outcome is grey.

        Raises
        ------
        ShapeError
            If the code is not that of one image of this shape.

        Notes
        -----
        A descriptor does not tell grey levels: the mean of the image is that of the patches'
        pixels where they lie. Values are 0–1 in the main, but not clipped and not stretched.
        """
        height, width = image_shape[:2]
        expected = self.phi.output_shape((1, height, width, 1))[1:]
        given = to_numpy(code)
        if given.shape not in (expected, (1, *expected)):
            raise ShapeError(
                f"the code of a {height}x{width} image by {self.phi.name} must have shape "
                f"{expected}, got {given.shape}"
            )
        queries = given.reshape(-1, expected[-1]).astype(np.float32)
        chosen = self.patches[nearest(self.descriptors, queries)]
        side, pooling = _side(self.phi), self.phi.pooling
        grid = chosen.reshape(*expected[:2], side, side)
        first, width_of_bin = 1 - pooling.bin_size, float(pooling.bin_size)
        mosaic = lay(grid, first, pooling.step, (height, width), width_of_bin)
        return np.asarray(fill(blend(*mosaic)) / 255, dtype=np.float32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the database as an .npz, whole or not at all."""
        own, data = self.phi.pooling, io.BytesIO()
        np.savez_compressed(
            data,
            descriptors=self.descriptors,
            patches=self.patches,
            grid=(own.bin_size, own.step),
            weighting=own.weighting,
            window_size=own.window_size,
        )
        write_bytes(path, data.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> NearestPatch:
        """Read what `save` wrote; InputError if it is no such file."""
        arrays = read_arrays(path, what := "database of patches")
        try:
            descriptors, patches = arrays["descriptors"], arrays["patches"]
            bin_size, step = arrays["grid"].tolist()
            # before the grid is made, which takes memory with its size
            side = (BINS + 1) * bin_size - 1
            if (descriptors.dtype, patches.dtype) != (np.float32, np.uint8):
                raise InputError("its arrays must be float32 and uint8")
            if descriptors.shape[1:] != (CODE,) or patches.shape[1:] != (side, side):
                raise InputError(
                    f"its arrays must be (K, {CODE}) and (K, {side}, {side}), "
                    f"got {descriptors.shape} and {patches.shape}"
                )
            phi = dsift(bin_size, step, arrays["weighting"].item(), arrays["window_size"].item())
            return cls(phi, descriptors, patches)
        except KeyError as error:
            raise InputError(f"'{path}' is no {what}: it has no {error}") from None
        except (ValueError, TypeError) as error:
            raise InputError(f"'{path}' is no {what}: {error}") from None


def _demand_whole(phi: DenseSift) -> None:
    if not isinstance(phi, DenseSift) or list(phi.layer.layers) != list(dsift().layer.layers):
        raise ParameterError(f"NearestPatch.phi must be a whole inverse.dsift(...), got {phi!r}")


def _side(phi: DenseSift) -> int:
    """Pixels along a patch: from the first that has weight in the descriptor to the last."""
    return (BINS + 1) * phi.pooling.bin_size - 1


def _patches(photo: Image, phi: DenseSift) -> tuple[Array, Array]:
    """Every descriptor of a photo, (K, 128), and the patch (K, P, P) that it describes."""
    code = phi(phi.encode(photo))[0].astype(np.float32)
    rows, cols = code.shape[:2]
    levels = np.rint(255 * grey(photo)).clip(0, 255).astype(np.uint8)
    side, step = _side(phi), phi.pooling.step
    around = np.pad(levels, phi.pooling.bin_size - 1, mode="edge")
    views = sliding_window_view(around, (side, side))[::step, ::step][:rows, :cols]
    return code.reshape(rows * cols, -1), views.reshape(rows * cols, side, side)
