"""Any layer of any CNN in ONNX, as a representation."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from inverse import models
from inverse.arrays import Array, Shape
from inverse.errors import InputError, ParameterError
from inverse.image import Image, grey, resize
from inverse.layers import Affine, Gather, Graph, Layer, Node, Transpose
from inverse.layers.chain import unknown_layer
from inverse.layers.graph import INPUT, ending_with
from inverse.onnx import Imported, Model, declared_shape, read_model, translate
from inverse.onnx.names import PAPER_NAMES
from inverse.onnx.operation import TO_NHWC
from inverse.preprocessing import STEPS, Preprocessing, from_metadata, from_sidecar
from inverse.receptive_field import Box
from inverse.representations.base import LayerTable, Representation

__all__ = ["Cnn", "cnn"]


@dataclass(frozen=True, eq=False, repr=False)
class Cnn(Representation):
    """A `Representation` by a network; `cnn` makes it.

    Attributes
    ----------
    model : Model
        The ONNX file.
    imported : Imported
        All of its layers.
    preprocessing : Preprocessing
        What the network's input is.
    ending : str, optional
        The layer that ``until`` ended it with; None for the network's own output.

    Notes
    -----
    x is a picture in grey levels 0–255, less the network's mean: as for HOG, and as in the paper,
    so that the prior and its weights mean the same for every network. The network's own scaling
    and order of channels are its first layer, "preprocessing".
    """

    model: Model = field(kw_only=True)
    imported: Imported = field(kw_only=True)
    preprocessing: Preprocessing = field(kw_only=True)
    ending: str | None = field(kw_only=True, default=None)

    @property
    def input_shape(self) -> Shape:
        """(1, H, W, C) of what `encode` gives."""
        assert self.preprocessing.size is not None
        return (1, *self.preprocessing.size, self.preprocessing.channels)

    def output_shape(self, shape: Shape) -> Shape:
        self._check_complete()
        return super().output_shape(shape)

    def layers(self, shape: Shape | None = None) -> LayerTable:
        """`Representation.layers`, by default for images of the network's input size."""
        return super().layers(shape or self.input_shape)

    def receptive_field(self, name: str, i: int, j: int, shape: Shape | None = None) -> Box:
        """The pixels on which unit (i, j) of a layer depends, by default at the input size."""
        return super().receptive_field(name, i, j, shape or self.input_shape)

    def until(self, name: str) -> Cnn:
        """The representation that ends with the layer called ``name``.

        Raises
        ------
        ParameterError
            If there is no such layer: the message has the names there are, and the nearest.
        """
        own = self.imported
        while own.aliases.get(name, INPUT) != INPUT:
            name = own.aliases[name]
        if name in own.folded:
            into = own.folded[name]
            while into in own.folded:
                into = own.folded[into]
            raise ParameterError(
                f"{self.name}: layer '{name}' became part of '{into}', take until('{into}')"
            )
        if name not in own.nodes:
            raise unknown_layer(self.name, name, own.nodes)
        graph = _with_preprocessing(own, name, self.preprocessing)
        base = self.name.removesuffix(f"-{self.ending}") if self.ending else self.name
        return replace(self, name=f"{base}-{name}", layer=graph, ending=name)

    def encode(self, image: Image) -> Array:
        """A picture of values 0–1 as a batch x (1, H, W, C) of the network's input size.

        Grey pictures become color and color ones grey as the network asks for; networks of other
        numbers of channels take arrays (H, W, C). Pictures are resized (bicubic, antialiased) to
        the input size whatever their aspect, as in the paper.
        """
        values = self.checked(image)
        channels = self.preprocessing.channels
        if channels == 1:
            values = grey(values)[..., None]
        elif channels == 3 and values.ndim == 2:
            values = np.repeat(values[..., None], 3, axis=2)
        if values.ndim != 3 or values.shape[2] != channels:
            raise InputError(
                f"{self.name} takes pictures of {channels} channels, got shape {values.shape}"
            )
        size = self.preprocessing.size
        if size is not None and values.shape[:2] != size:
            values = resize(values, *size).astype(values.dtype)
        return self.centered(values)[None]

    def network_input(self, x: Array) -> Array:
        """What the network itself is given for x: scaled, its channels in order."""
        last = [name for name in self.layer.layers if name in STEPS][-1]
        return self.layer.until(last)(x)

    def __repr__(self) -> str:
        """Name, input and code: the weights are in ``layers()``."""
        size = "x".join(map(str, self.input_shape[1:]))
        return f"Cnn({self.name!r}, input {size}, {len(self.layer.layers)} layers)"

    def _check_complete(self) -> None:
        if self.imported.fault and self.ending is None:
            raise InputError(f"{self.name}: {self.imported.fault}")

    @property
    def depth(self) -> float:
        """How deep the layer lies, its number divided by the number of layers.

        In a network whose layers have the paper's names, these are the paper's 20.
        """
        own = self.imported
        names = list(own.nodes)
        if set(names) <= {*PAPER_NAMES, "flatten"}:
            names = PAPER_NAMES
        name = self.ending or own.output
        return (names.index(name) + 1) / len(names) if name in names else 1.0


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
    graph = _with_preprocessing(imported, imported.output, preprocessing)
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


def _with_preprocessing(imported: Imported, name: str, given: Preprocessing) -> Graph:
    """The layers up to ``name``, behind those that make the network's input of x."""
    nodes: dict[str, Node] = {}
    source = INPUT
    for step, layer in _steps(given):
        nodes[step] = Node(layer, (source,))
        source = step
    for key, node in ending_with(name, imported.nodes).items():
        nodes[key] = Node(node.layer, tuple(source if s == INPUT else s for s in node.inputs))
    return Graph(nodes)


def _steps(given: Preprocessing) -> Iterator[tuple[str, Layer]]:
    scale, shift = (np.asarray(values) for values in given.scale_and_shift)
    yield STEPS[0], Affine(scale, shift)
    if given.reverses:
        yield STEPS[1], Gather(np.array([2, 1, 0]), 3)
    if given.layout == "NHWC":
        # what the model takes for (N, C, H, W), and we for (N, H, W, C), is (N, H, W, C) for it
        yield STEPS[2], Transpose(TO_NHWC)
