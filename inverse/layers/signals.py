"""What goes through each layer of a chain or graph, forward and backward, in figures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Array, Shape, namespace, to_numpy
from inverse.layers.base import Cache, Layer
from inverse.layers.chain import Chain
from inverse.layers.clamp import Clamp
from inverse.layers.clip import Clip
from inverse.layers.elu import ELU
from inverse.layers.foreign import Foreign
from inverse.layers.gelu import GELU
from inverse.layers.graph import INPUT, Graph, as_graph
from inverse.layers.hard_sigmoid import HardSigmoid
from inverse.layers.hard_swish import HardSwish
from inverse.layers.join import Join
from inverse.layers.leaky_relu import LeakyReLU
from inverse.layers.prelu import PReLU
from inverse.layers.relu import ReLU
from inverse.layers.sigmoid import Sigmoid
from inverse.layers.silu import SiLU
from inverse.layers.tanh import Tanh
from inverse.metrics import norm

__all__ = ["Signal", "signals"]

GATES = (
    Clamp, Clip, ELU, GELU, HardSigmoid, HardSwish, LeakyReLU, PReLU, ReLU, Sigmoid, SiLU, Tanh,
)  # fmt: skip
"""The elementwise layers whose derivative can be 0."""


class Signal(NamedTuple):
    """What goes through one layer.

    Attributes
    ----------
    name, op : str
        The layer's name and class; of an object of the user's own, the object's class.
    shape : tuple of int
        Of its output y.
    y, dy : float
        Norms of the output, and of the energy's gradient with respect to it.
    silent : float
        Share of the layer's inputs to which it gives a gradient of exactly 0; 1 if it blocks all.
    dead, clamped : float or None
        Shares of the outputs whose derivative is 0: dead where y ≤ 0, as below a ReLU's threshold,
        clamped where y > 0, as above the limit of a Clamp. None for layers other than `GATES`.
    y_not_finite, dx_not_finite : int
        How many of the outputs, and of the gradients given to the inputs, are NaN or infinite.
    """

    name: str
    op: str
    shape: Shape
    y: float
    dy: float
    silent: float
    dead: float | None
    clamped: float | None
    y_not_finite: int
    dx_not_finite: int

    @property
    def title(self) -> str:
        """Name and class, for messages."""
        return f"'{self.name}' ({self.op})"


def signals(layer: Chain | Graph, x: Array, dy: Array) -> tuple[list[Signal], Array]:
    """The figures of every layer, in order, and dx: forward from x, then backward from dy.

    Notes
    -----
    Where several layers take the same value, its dy is the sum of what they give back. The layers
    are run as they are, one after another, and no more than backward needs is kept.
    """
    graph = as_graph(layer)
    ahead: list[dict[str, Any]] = []
    caches: list[Cache] = []
    for name, y, cache in graph.ahead(x):
        part = graph.nodes[name].layer
        dead, clamped = _shut(part, y, cache)
        ahead.append(
            {
                "name": name,
                "op": type(part.map if isinstance(part, Foreign) else part).__name__,
                "shape": tuple(y.shape),
                "y": norm(y),
                "dead": dead,
                "clamped": clamped,
                "y_not_finite": _not_finite(y),
            }
        )
        caches.append(cache)
    gradients: dict[str, Any] = {name: dy}
    found = []
    for (name, shares), row in zip(graph.back(dy, caches), reversed(ahead), strict=False):
        values = [to_numpy(share) for share in shares]
        found.append(
            Signal(
                **row,
                dy=norm(gradients.pop(name)),
                silent=sum(int((v == 0).sum()) for v in values) / sum(v.size for v in values),
                dx_not_finite=sum(map(_not_finite, values)),
            )
        )
        for source, share in zip(graph.nodes[name].inputs, shares, strict=True):
            known = gradients.get(source)
            gradients[source] = share if known is None else known + share
    return found[::-1], gradients[INPUT]


def _shut(layer: Layer | Join, y: Array, cache: Cache) -> tuple[float | None, float | None]:
    """Shares of dead and of clamped outputs: the Jacobian is diagonal, and Jᵀ1 its diagonal."""
    if not isinstance(layer, GATES):
        return None, None
    shut = to_numpy(layer.backward(namespace(y).ones_like(y), cache)) == 0
    above = to_numpy(y) > 0
    return float((shut & ~above).mean()), float((shut & above).mean())


def _not_finite(values: Array) -> int:
    return int((~np.isfinite(to_numpy(values))).sum())
