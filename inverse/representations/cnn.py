"""Any layer of any CNN in ONNX, as a representation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from inverse.arrays import Array, Shape
from inverse.errors import InputError, ParameterError, ShapeError
from inverse.image import Image, grey, resize
from inverse.layers import Graph
from inverse.layers.chain import unknown_layer
from inverse.layers.graph import INPUT
from inverse.onnx import Imported, Model
from inverse.onnx.names import PAPER_NAMES
from inverse.preprocessing import STEPS, Preprocessing
from inverse.receptive_field import Box
from inverse.representations.base import LayerTable, Representation
from inverse.representations.prepared import steps, with_preprocessing

__all__ = ["Cnn"]


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
        self._check_size(shape)
        return super().output_shape(shape)

    def _check_size(self, shape: Shape) -> None:
        """Refuse images of another size where the network was translated for its own alone."""
        own, size = self.imported, self.preprocessing.size
        if own.sized is None or len(shape) != 4 or shape[1:3] == size:
            return
        names = list(own.nodes)
        if any(name in self.layer.layers for name in names[names.index(own.sized) :]):
            assert size is not None
            raise ShapeError(
                f"{self.name} was imported for images of {size[0]}x{size[1]}, with whose size its "
                f"graph computes, got {shape[1]}x{shape[2]}: "
                f"import it with size=({shape[1]}, {shape[2]})"
            )

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
        if name in STEPS and name in self.layer.layers:
            return replace(
                self, name=f"{self._base}-{name}", layer=self._graph.until(name), ending=name
            )
        while name not in own.nodes and own.aliases.get(name, INPUT) != INPUT:
            name = own.aliases[name]
        if name in own.folded and name not in own.nodes:
            into = own.folded[name]
            while into not in own.nodes and into in own.folded:
                into = own.folded[into]
            raise ParameterError(
                f"{self.name}: layer '{name}' became part of '{into}', take until('{into}')"
            )
        if name not in own.nodes:
            raise unknown_layer(self.name, name, own.nodes)
        graph = with_preprocessing(own, name, self.preprocessing)
        return replace(self, name=f"{self._base}-{name}", layer=graph, ending=name)

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
        for _, layer in steps(self.preprocessing):
            x = layer(x)
        return x

    def __repr__(self) -> str:
        """Name, input and code: the weights are in ``layers()``."""
        size = "x".join(map(str, self.input_shape[1:]))
        return f"Cnn({self.name!r}, input {size}, {len(self.layer.layers)} layers)"

    @property
    def _base(self) -> str:
        """The network's own name."""
        return self.name.removesuffix(f"-{self.ending}") if self.ending else self.name

    @property
    def _graph(self) -> Graph:
        assert isinstance(self.layer, Graph)
        return self.layer

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
