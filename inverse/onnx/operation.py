"""One node of an ONNX graph as the translators of operators see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.errors import InverseError
from inverse.layers import Chain, Join, Layer, Transpose

__all__ = ["TO_NCHW", "TO_NHWC", "Constant", "Operation", "Tensor", "Unsupported", "operator"]

Constant = np.ndarray[Any, Any]

TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)
"""The permutations of axes between ONNX's order of images and ours."""


class Unsupported(InverseError):
    """A node that has no layer; the message says why, in half a sentence."""


@dataclass(frozen=True)
class Tensor:
    """A value that depends on the image: the node of ours that makes it, and ONNX's shape of it."""

    node: str
    shape: Shape

    @property
    def rank(self) -> int:
        """Number of axes; of rank 4 are images, which we store as (N, H, W, C)."""
        return len(self.shape)


Value = Tensor | Constant | None


@dataclass(frozen=True)
class Operation:
    """A node: its operator, attributes and inputs, and how to give it a layer.

    Notes
    -----
    Shapes and axes are given in ONNX's order here, (N, C, H, W) for images. Arrays of rank 4 are
    stored as (N, H, W, C); `axis` translates. A translator that makes use of the number of rows or
    columns calls ``depends_on_size``.
    """

    name: str
    type: str
    opset: int
    attributes: dict[str, Any]
    inputs: Sequence[Value]
    outputs: int
    add: Callable[[Layer | Join, Sequence[Tensor], str], Tensor]
    depends_on_size: Callable[[], None]

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute's value, or the default."""
        return self.attributes.get(name, default)

    @property
    def tensors(self) -> list[Tensor]:
        """The inputs that depend on the image."""
        return [value for value in self.inputs if isinstance(value, Tensor)]

    @property
    def x(self) -> Tensor:
        """The first input, which must depend on the image."""
        return self.tensor(0)

    def tensor(self, i: int) -> Tensor:
        """Input i, which must depend on the image."""
        value = self.inputs[i] if i < len(self.inputs) else None
        if not isinstance(value, Tensor):
            raise Unsupported(f"its input {i} must depend on the image, got a constant or nothing")
        return value

    def constant(self, i: int, default: Any = None) -> Any:
        """Input i, which must be constant; the default if there is none."""
        value = self.inputs[i] if i < len(self.inputs) else None
        if isinstance(value, Tensor):
            raise Unsupported(f"its input {i} must be constant, got one that depends on the image")
        return default if value is None else value

    def integers(self, i: int, name: str) -> list[int] | None:
        """Whole numbers that older opsets give as an attribute, newer ones as input i."""
        given = self.attributes.get(name)
        if given is None:
            given = self.constant(i)
        return None if given is None else [int(v) for v in np.ravel(given)]

    def positive(self, axis: int, rank: int | None = None) -> int:
        """An axis of ONNX's order counted from the first, after checking that there is one."""
        rank = self.x.rank if rank is None else rank
        if not -rank <= axis < rank:
            raise Unsupported(f"its axis must be from {-rank} to {rank - 1}, got {axis}")
        return axis % rank

    def axis(self, axis: int, rank: int | None = None) -> int:
        """An axis of ONNX's order as the axis of the stored array; not the batch."""
        rank = self.x.rank if rank is None else rank
        axis = self.positive(axis, rank)
        if axis == 0:
            raise Unsupported("it works along axis 0 and would mix the images of a batch")
        return TO_NCHW[axis] if rank == 4 else axis

    def stored(self, values: Constant, rank: int) -> Constant:
        """A constant that broadcasts against arrays of ``rank``, as one image of them is stored."""
        if values.ndim > rank or (values.ndim == rank and values.shape[0] != 1):
            raise Unsupported(
                f"a constant of shape {values.shape} does not broadcast against one image of a "
                f"batch of rank {rank}"
            )
        full = values.reshape((1,) * (rank - values.ndim) + values.shape)
        return np.asarray(full.transpose(TO_NHWC)[0] if rank == 4 else full[0])

    def layer(self, layer: Layer | Join, *inputs: Tensor, part: str = "") -> Tensor:
        """Add a node that is called as this one (or ``name/part``); by default it takes `x`."""
        return self.add(layer, inputs or (self.x,), f"{self.name}/{part}" if part else self.name)

    def in_onnx_order(self, layer: Layer, x: Tensor, rank: int, part: str = "") -> Tensor:
        """Add a node whose layer takes, and gives (with ``rank`` axes), arrays in ONNX's order."""
        steps: dict[str, Layer] = {}
        if x.rank == 4:
            steps["nchw"] = Transpose(TO_NCHW)
        steps[type(layer).__name__.lower()] = layer
        if rank == 4:
            steps["nhwc"] = Transpose(TO_NHWC)
        return self.layer(Chain(steps) if len(steps) > 1 else layer, x, part=part)


Translator = Callable[[Operation], Tensor | list[Tensor]]

OPERATORS: dict[str, Translator] = {}
"""Every operator that has a translator."""


def operator(*types: str) -> Callable[[Translator], Translator]:
    """Register the translator of one operator, or of several."""

    def register(translate: Translator) -> Translator:
        for name in types:
            OPERATORS[name] = translate
        return translate

    return register
