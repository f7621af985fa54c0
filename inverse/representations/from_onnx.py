"""A network's file becomes a representation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from inverse import models
from inverse.arrays import Shape
from inverse.errors import InputError
from inverse.onnx import Model, declared_shape, read_model, translate
from inverse.preprocessing import Preprocessing, from_metadata, from_sidecar
from inverse.representations.cnn import Cnn
from inverse.representations.prepared import with_preprocessing

__all__ = ["cnn"]


def cnn(
    model: str | os.PathLike[str],
    *,
    size: Sequence[int] | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    range: float | None = None,
    order: str | None = None,
    layout: str | None = None,
) -> Cnn:
    """A convolutional network from an ONNX file, ending with its output; ``until`` cuts it.

    Parameters
    ----------
    model : str or path
        An ONNX file; "small", the network that comes with the package; or the name of one that
        ``inverse models fetch`` has fetched.
    size : (height, width), optional
        Of the input. By default what the model declares. Layers before the first fully connected
        one take any size.
    mean, std, range, order, layout : optional
        See `Preprocessing`; by default what the file ``NAME.json`` beside the model says, or else
        the model's metadata.

    Returns
    -------
    Cnn
        ``net.layers()`` lists the layers, ``net.until("relu3")`` is the representation by one of
        them, ``net.receptive_field("relu3", i, j)`` the pixels that a unit depends on.

    Raises
    ------
    InputError
        If the file cannot be used: the sentence says why. An operator that has no layer is an
        error only when the network is used beyond it.

    Notes
    -----
    Weights and axes are translated once, here, from ONNX's (N, C, H, W) to (N, H, W, C). Constants
    and shape arithmetic are computed, batch normalizations become part of the convolutions before
    them, dropout disappears. Layers are called as the model's nodes are; those of CaffeNet and
    AlexNet by the paper's names, conv1 … fc8.

    Examples
    --------
    >>> import inverse
    >>> net = inverse.cnn("small")
    >>> relu3 = net.until("relu3")
    >>> relu3(relu3.encode(inverse.photos.photo("hat"))).shape[3] == relu3.layers()[-1].shape[3]
    True
    """
    path = models.find(model)
    read = read_model(path)
    given = {"size": size, "mean": mean, "std": std, "range": range, "order": order}
    given = {key: value for key, value in {**given, "layout": layout}.items() if value is not None}
    preprocessing, shape = _input(read, given)
    imported = translate(read, shape)
    graph = with_preprocessing(imported, imported.output, preprocessing)
    name = str(model) if str(model) in models.names() else path.stem
    return Cnn(
        name=name,
        layer=graph,
        mean=preprocessing.center,
        model=read,
        imported=imported,
        preprocessing=preprocessing,
    )


def _input(model: Model, given: dict[str, Any]) -> tuple[Preprocessing, Shape]:
    """The preprocessing, and the shape of the network's input in ONNX's order."""
    declared = declared_shape(model)
    where = f"model '{model.path}'"
    beside = from_sidecar(model.path)
    metadata = {entry.key: entry.value for entry in model.proto.metadata_props}
    said = from_metadata(metadata, where) | beside | given
    if len(declared) != 4:
        raise InputError(f"{where} must take images, of rank 4, got an input of shape {declared}")
    if "layout" not in said and (declared[1] or 3) > 4 and declared[3] in (1, 3):
        raise InputError(
            f"{where} takes an input of shape {declared}: if its last axis are the channels, say "
            "layout='NHWC' (--layout NHWC), else layout='NCHW'"
        )
    layout = said.get("layout", "NCHW")
    axes = (1, 2, 3) if layout == "NCHW" else (3, 1, 2)
    channels, height, width = (declared[axis] for axis in axes)
    if channels is None and "channels" not in said:
        raise InputError(
            f"{where} declares no number of channels: give it in '{model.path.stem}.json'"
        )
    said.setdefault("channels", channels)
    if channels is not None and said["channels"] != channels:
        raise InputError(
            f"{where} takes {channels} channels, what is said of its input has {said['channels']}"
        )
    base = Preprocessing.of(said, where)
    if base.size is None:
        if height is None or width is None:
            raise InputError(
                f"{where} takes images of any size: give size=(height, width) (--size)"
            )
        base = replace(base, size=(height, width))
    assert base.size is not None
    batch = declared[0] or 1
    image = (base.channels, *base.size) if layout == "NCHW" else (*base.size, base.channels)
    return base, (batch, *image)
