"""inverse: find the images behind an image representation.

>>> import inverse
>>> phi = inverse.hog(bilinear=True)
>>> photo = inverse.photos.photo("hat")[:64, :64]
>>> preset = inverse.presets.cvpr2015(phi).replace(steps=40)
>>> inverse.invert(phi, photo, preset=preset, rng=0).image.shape
(64, 64)
"""

from inverse import layers, metrics, optimize, photos, presets
from inverse.errors import InputError, InverseError, OutputError, ParameterError, ShapeError
from inverse.image import center_crop, grey, read_image, resize, write_image
from inverse.inversion import invert
from inverse.losses import Euclidean
from inverse.objective import Objective, Term
from inverse.optimize import Interrupted
from inverse.regularizers import AlphaNorm, TotalVariation
from inverse.representations import DenseSift, Hog, Representation, dsift, hog
from inverse.result import Result

__all__ = [
    "AlphaNorm",
    "DenseSift",
    "Euclidean",
    "Hog",
    "InputError",
    "Interrupted",
    "InverseError",
    "Objective",
    "OutputError",
    "ParameterError",
    "Representation",
    "Result",
    "ShapeError",
    "Term",
    "TotalVariation",
    "center_crop",
    "dsift",
    "grey",
    "hog",
    "invert",
    "layers",
    "metrics",
    "optimize",
    "photos",
    "presets",
    "read_image",
    "resize",
    "write_image",
]
