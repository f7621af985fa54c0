"""Our chains and graphs of layers as PyTorch would run them: the contender in bench_cnn.py.

The same weights, laid out once as PyTorch keeps them; images (N, C, H, W), in either of its two
memory formats; rectifiers and residual sums in place where torchvision has them in place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as f

from inverse import layers as l
from inverse.arrays import Shape
from inverse.layers.graph import INPUT, Node, as_graph
from tests.benchmarks.common import Problem

Operation = Callable[..., Tensor]

FORMATS = {"NCHW": torch.contiguous_format, "channels_last": torch.channels_last}


class TorchNetwork:
    """``layer`` with its weights in PyTorch's layouts, a function of x (N, C, H, W)."""

    def __init__(self, layer: l.Layer, shape: Shape, layout: str) -> None:
        self._nodes = as_graph(layer).nodes
        self._shapes = {INPUT: shape, **as_graph(layer).shapes(shape)}
        self._format = FORMATS[layout]
        self._uses = Counter(source for node in self._nodes.values() for source in node.inputs)
        self._last = list(self._nodes)[-1]
        self._steps = [
            (name, self._operation(name, node), node.inputs, self._done_after(name))
            for name, node in self._nodes.items()
        ]
        del self._nodes  # and with them the weights in our layouts

    def __call__(self, x: Tensor) -> Tensor:
        values = {INPUT: x}
        for name, operation, sources, done in self._steps:
            values[name] = operation(*(values[source] for source in sources))
            for source in done:  # so that it is kept only where autograd needs it
                del values[source]
        return values[self._last]

    def _done_after(self, name: str) -> list[str]:
        """The values that no node after ``name`` takes."""
        names = list(self._nodes)
        later = {s for n in names[names.index(name) + 1 :] for s in self._nodes[n].inputs}
        return [s for s in dict.fromkeys(self._nodes[name].inputs) if s not in later]

    def _operation(self, name: str, node: Node) -> Operation:
        layer, source = node.layer, node.inputs[0]
        if isinstance(layer, l.Conv2d):
            return self._conv(layer)
        if isinstance(layer, l.Linear):
            return self._linear(layer, source)
        if isinstance(layer, l.ReLU):
            return f.relu_ if self._overwritable(source) else f.relu
        if isinstance(layer, l.MaxPool2d):
            return self._max_pool(layer)
        if isinstance(layer, l.LocalResponseNorm):
            alpha = layer.alpha * layer.size  # PyTorch's is divided by the size
            return partial(
                f.local_response_norm, size=layer.size, alpha=alpha, beta=layer.beta, k=layer.bias
            )
        if isinstance(layer, l.GlobalAveragePool2d):
            return partial(f.adaptive_avg_pool2d, output_size=1)
        if isinstance(layer, l.Flatten):
            return self._flatten(name, layer)
        if isinstance(layer, l.Add) and len(node.inputs) == 2:
            equal = self._shapes[source] == self._shapes[name]
            return torch.Tensor.add_ if equal and self._overwritable(source) else torch.add
        if isinstance(layer, l.Concat) and layer.axis in (-1, 3):
            return lambda *xs: torch.cat(xs, dim=1)
        raise SystemExit(f"no PyTorch form is known of {layer}, layer '{name}'")

    def _overwritable(self, source: str) -> bool:
        """Whether a value is used once, and not needed for the gradient of what computed it."""
        linear = l.Conv2d | l.Linear | l.Add
        return (
            source != INPUT
            and self._uses[source] == 1
            and isinstance(self._nodes[source].layer, linear)
        )

    def _conv(self, layer: l.Conv2d) -> Operation:
        weight = torch.from_numpy(layer.weight).permute(3, 2, 0, 1)
        weight = weight.contiguous(memory_format=self._format)
        return _padded(
            layer.pads,
            0.0,
            lambda padding: partial(
                f.conv2d,
                weight=weight,
                bias=_bias(layer),
                stride=layer.stride,
                padding=padding,
                dilation=layer.dilation,
                groups=layer.groups,
            ),
        )

    def _max_pool(self, layer: l.MaxPool2d) -> Operation:
        if layer.ceil_mode and layer.pads[:2] != layer.pads[2:]:
            # padded before, PyTorch would count windows that start in the far padding
            raise SystemExit(f"no PyTorch form is known of {layer}")
        return _padded(
            layer.pads,
            -float("inf"),
            lambda padding: partial(
                f.max_pool2d,
                kernel_size=layer.kernel,
                stride=layer.stride,
                padding=padding,
                dilation=layer.dilation,
                ceil_mode=layer.ceil_mode,
            ),
        )

    def _linear(self, layer: l.Linear, source: str) -> Operation:
        weight = layer.weight
        if self._reordered(source):
            # our order of numbers is H, W, C, PyTorch's C, H, W
            _, h, w, c = self._shapes[self._nodes[source].inputs[0]]
            weight = weight.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(weight.shape)
        return partial(f.linear, weight=torch.from_numpy(weight).T.contiguous(), bias=_bias(layer))

    def _reordered(self, source: str) -> bool:
        """Whether it is a flattening of images in our order that only fully connected layers take.

        Then PyTorch flattens in its own, and their weights follow.
        """
        layer = self._nodes[source].layer if source != INPUT else None
        if not isinstance(layer, l.Flatten) or layer.channels_first or source == self._last:
            return False
        takers = [node.layer for node in self._nodes.values() if source in node.inputs]
        images = len(self._shapes[self._nodes[source].inputs[0]]) == 4
        return images and all(isinstance(taker, l.Linear) for taker in takers)

    def _flatten(self, name: str, layer: l.Flatten) -> Operation:
        images = len(self._shapes[self._nodes[name].inputs[0]]) == 4
        if layer.channels_first or not images or self._reordered(name):
            return partial(torch.flatten, start_dim=1)
        return lambda x: x.permute(0, 2, 3, 1).flatten(1)


def _bias(layer: Any) -> Tensor | None:
    return None if layer.bias is None else torch.from_numpy(layer.bias.copy())


def _padded(
    pads: tuple[int, ...], fill: float, make: Callable[[tuple[int, int]], Operation]
) -> Operation:
    """An operation with padding: its own where that is symmetric, and else added before."""
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return make(pads[:2])
    inner = make((0, 0))
    return lambda x: inner(f.pad(x, (left, right, top, bottom), value=fill))


class Torchs:
    """One run in PyTorch, iteration by iteration; images are given and taken as (N, H, W, C)."""

    def __init__(
        self,
        network: TorchNetwork,
        target: np.ndarray,
        x: np.ndarray,
        problem: Problem,
        layout: str,
    ) -> None:
        self._network, self._problem, self._format = network, problem, FORMATS[layout]
        with torch.no_grad():
            self._target = network(self._planes(target))
        self._norm2 = float((self._target.double() ** 2).sum())
        self._x = self._planes(x).requires_grad_()
        self._velocity = torch.zeros_like(self._x)
        self.energies: Callable[[Tensor], Tensor] = self._energies

    def _planes(self, x: np.ndarray) -> Tensor:
        """A copy of x (N, H, W, C) as (N, C, H, W), in this run's memory format."""
        return torch.from_numpy(x.copy()).permute(0, 3, 1, 2).contiguous(memory_format=self._format)

    def _energies(self, x: Tensor) -> Tensor:
        """E of each image."""
        difference = self._network(self._problem.sigma * x) - self._target
        data = (difference * difference).sum(dim=tuple(range(1, difference.ndim))) / self._norm2
        d1, d2 = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
        tv = (d1 * d1).sum(dim=(1, 2, 3)) + (d2 * d2).sum(dim=(1, 2, 3))
        cube = x * x * x
        alpha = (cube * cube).sum(dim=(1, 2, 3))
        return data + self._problem.tv * tv + self._problem.alpha * alpha

    def evaluate(self) -> tuple[np.ndarray, np.ndarray]:
        """Energies and gradient (N, H, W, C) at the present x."""
        energies = self.energies(self._x)
        (gradient,) = torch.autograd.grad(energies.sum(), self._x)
        return energies.detach().numpy(), gradient.permute(0, 2, 3, 1).numpy()

    def compiled(self) -> Torchs:
        """The same run by torch.compile, from the present x on."""
        other = object.__new__(Torchs)
        other.__dict__.update(self.__dict__)
        other._x = self._x.detach().clone().requires_grad_()
        other._velocity = torch.zeros_like(self._x)
        other.energies = torch.compile(other._energies)
        return other

    def __call__(self) -> None:
        (gradient,) = torch.autograd.grad(self.energies(self._x).sum(), self._x)
        with torch.no_grad():
            self._velocity.mul_(0.9).sub_(gradient, alpha=self._problem.rate)
            self._x.add_(self._velocity)
