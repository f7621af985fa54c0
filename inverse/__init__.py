"""inverse: find the images behind an image representation.

>>> import inverse
>>> phi = inverse.hog(bilinear=True)
>>> photo = inverse.photos.photo("hat")[:64, :64]
>>> preset = inverse.presets.cvpr2015(phi).replace(steps=40)
>>> inverse.invert(phi, photo, preset=preset, rng=0).image.shape
(64, 64)
"""

from inverse import layers, metrics, models, optimize, photos, presets
from inverse.baselines import Attribution, attribute
from inverse.devices import Device
from inverse.errors import InputError, InverseError, OutputError, ParameterError, ShapeError
from inverse.image import center_crop, grey, read_image, resize, write_image
from inverse.inversion import invert
from inverse.losses import Euclidean, InnerProduct
from inverse.masks import Part
from inverse.objective import Objective, Term
from inverse.optimize import Interrupted, NotKept
from inverse.regularizers import AlphaNorm, TotalVariation
from inverse.representations import (
    Cnn,
    DenseSift,
    Function,
    Hog,
    Representation,
    cnn,
    dsift,
    from_jax,
    from_torch,
    hog,
    representation,
)
from inverse.result import Result
from inverse.trace import Trace, trace

__all__ = [
    "AlphaNorm",
    "Attribution",
    "Cnn",
    "DenseSift",
    "Device",
    "Euclidean",
    "Function",
    "Hog",
    "InnerProduct",
    "InputError",
    "Interrupted",
    "InverseError",
    "NotKept",
    "Objective",
    "OutputError",
    "ParameterError",
    "Part",
    "Representation",
    "Result",
    "ShapeError",
    "Term",
    "TotalVariation",
    "Trace",
    "attribute",
    "center_crop",
    "cnn",
    "dsift",
    "from_jax",
    "from_torch",
    "grey",
    "hog",
    "invert",
    "layers",
    "metrics",
    "models",
    "optimize",
    "photos",
    "presets",
    "read_image",
    "representation",
    "resize",
    "trace",
    "write_image",
]
