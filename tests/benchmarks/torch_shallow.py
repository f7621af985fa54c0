"""HOG, HOGb and dense SIFT written in PyTorch with its autograd: the contender in bench_shallow.py.

The same formulas as `inverse.layers`, as a good user of PyTorch would write them: planes first
(N, C, H, W), discrete choices outside autograd, pooling by matrix products. What can be done in
more than one obvious way is an option, and the benchmark keeps the fastest combination.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from inverse.layers.arctan_orientation import CUBIC, EPSILON, LINEAR
from inverse.layers.bins import directions
from inverse.layers.cell_pooling import cell_weights
from inverse.layers.descriptor_pooling import DescriptorPooling

Spread = Callable[[list[Tensor], list[Tensor], int], Tensor]
"""(bins, values, number of bins) to pooled histograms (N, bins, rows, cols)."""


@dataclass(frozen=True)
class Options:
    """The obvious choices: how bins are found, and how pixels become histograms."""

    bins: str = "angle"  # or "scores": the largest of K scores
    histogram: str = "scatter"  # or "one-hot", or "sparse": scatter_add into the pooled rows

    @classmethod
    def all(cls, bins: tuple[str, ...] = ("angle", "scores")) -> list[Options]:
        return [cls(b, h) for b in bins for h in ("scatter", "one-hot", "sparse")]


class Pooling:
    """y_c = A x_c Bᵀ, for x given by one or two bins and values of each pixel."""

    def __init__(self, rows: np.ndarray, cols: np.ndarray, how: str) -> None:
        self._rows = torch.tensor(rows, dtype=torch.float32)
        self._cols_t = torch.tensor(cols.T.copy(), dtype=torch.float32)
        self._how = how
        first = (rows != 0).argmax(axis=0)
        last = len(rows) - 1 - (rows[::-1] != 0).argmax(axis=0)
        self._span = int((last - first).max()) + 1
        padded = np.pad(rows, ((0, self._span), (0, 0)))
        near = first + np.arange(self._span)[:, None]
        weights = padded[near, np.arange(rows.shape[1])]
        self._near = torch.tensor(near)[:, :, None]
        self._weights = torch.tensor(weights, dtype=torch.float32)[:, :, None]

    def __call__(self, bins: list[Tensor], values: list[Tensor], count: int) -> Tensor:
        if self._how == "sparse":
            return self._sparse(bins, values, count) @ self._cols_t
        if self._how == "one-hot":
            parts = [
                one_hot(b, count).movedim(-1, 1) * v[:, None]
                for b, v in zip(bins, values, strict=True)
            ]
            dense = sum(parts[1:], parts[0])
        else:
            n, h, w = bins[0].shape
            dense = torch.zeros(n, count, h, w)
            for b, v in zip(bins, values, strict=True):
                dense = dense.scatter_add(1, b[:, None], v[:, None])
        return self._rows @ dense @ self._cols_t

    def _sparse(self, bins: list[Tensor], values: list[Tensor], count: int) -> Tensor:
        n, _, w = bins[0].shape
        rows = len(self._rows) + self._span
        table = torch.zeros(n, count * rows * w)
        for b, v in zip(bins, values, strict=True):
            for near, weight in zip(self._near, self._weights, strict=True):
                with torch.no_grad():
                    index = (b * rows + near) * w + torch.arange(w)
                table = table.scatter_add(1, index.flatten(1), (v * weight).flatten(1))
        return table.view(n, count, rows, w)[:, :, : len(self._rows)]


def central_differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient inside the image, 0 at its border; x (N, H, W)."""
    gx = x[:, 1:-1, 2:] - x[:, 1:-1, :-2]
    gy = x[:, 2:, 1:-1] - x[:, :-2, 1:-1]
    return gx, gy


class TorchHog:
    """HOG (or HOGb) of images (N, H, W), to (N, channels, rows, cols)."""

    def __init__(self, size: int, cell_size: int, bilinear: bool, options: Options) -> None:
        cells = (size + cell_size // 2) // cell_size
        weights = cell_weights(size, cell_size, cells)[:, 1:-1]  # no gradient at the border
        self._pooling = Pooling(weights, weights, options.histogram)
        self._bilinear = bilinear
        self._options = options
        self._u = torch.tensor(directions(9))[:, :, None, None]

    def __call__(self, x: Tensor) -> Tensor:
        gx, gy = central_differences(x)
        magnitude = torch.sqrt((gx * gx + gy * gy).clamp(min=1e-30))
        if self._bilinear:
            angle = torch.atan2(gy, gx) * (9 / math.pi)
            with torch.no_grad():
                nearest = angle.round()
                side = torch.where(angle > nearest, 1.0, -1.0)
                bins = [nearest.long() % 18, (nearest + side).long() % 18]
            share = (angle - nearest) * side
            values = [magnitude * (1 - share), magnitude * share]
        else:
            bins, values = [self._bins(gx, gy)], [magnitude]
        return self._normalize(self._pooling(bins, values, 18))

    @torch.no_grad()
    def _bins(self, gx: Tensor, gy: Tensor) -> Tensor:
        if self._options.bins == "angle":
            return (torch.atan2(gy, gx) * (9 / math.pi)).round().long() % 18
        scores = gx[:, None] * self._u[0] + gy[:, None] * self._u[1]
        best = scores.abs().argmax(dim=1)
        opposite = scores.gather(1, best[:, None])[:, 0] < 0
        return best + 9 * opposite

    def _normalize(self, h: Tensor) -> Tensor:
        u = h[:, :9] + h[:, 9:]
        z = torch.cat((h, u), dim=1)
        e = pad((u * u).sum(dim=1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        rows = e[:, :, :-1] + e[:, :, 1:]
        f = torch.rsqrt(rows[..., :-1] + rows[..., 1:] + 1e-4)
        corners = (f[..., :-1, :-1], f[..., :-1, 1:], f[..., 1:, :-1], f[..., 1:, 1:])
        copies = [(z * corner).clamp(max=0.2) for corner in corners]
        texture = [copy[:, 18:].sum(dim=1, keepdim=True) / math.sqrt(18) for copy in copies]
        return torch.cat((0.5 * (copies[0] + copies[1] + copies[2] + copies[3]), *texture), dim=1)


class TorchDsift:
    """Dense SIFT of images (N, H, W), to (N, rows, cols, 128)."""

    def __init__(self, size: int, bin_size: int, step: int, options: Options) -> None:
        weights = DescriptorPooling(bin_size, step)._weights(size, size)[0]
        self._pooling = Pooling(weights, weights, options.histogram)

    def __call__(self, x: Tensor) -> Tensor:
        wide = pad(x[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
        inside = torch.full((x.shape[1],), 0.5)
        inside[[0, -1]] = 1.0
        gx = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) * inside
        gy = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) * inside[:, None]
        squared = gx * gx + gy * gy
        magnitude = torch.sqrt(squared.clamp(min=1e-30)) * (squared >= 1e-8)
        t = self._angle(gx, gy) * (8 / (2 * math.pi))
        with torch.no_grad():
            floor = t.floor()
            low = floor.long() % 8
            bins = [low, (low + 1) % 8]
        share = t - floor
        h = self._pooling(bins, [magnitude * (1 - share), magnitude * share], 8)
        n, _, rows, cols = h.shape
        h = h.view(n, 8, rows // 4, 4, cols // 4, 4).permute(0, 2, 4, 3, 5, 1)
        y = h.reshape(n, rows // 4, cols // 4, 128)
        return self._unit(self._unit(y).clamp(max=0.2))

    @staticmethod
    def _angle(x: Tensor, y: Tensor) -> Tensor:
        a = y.abs() + EPSILON
        right = x >= 0
        r = torch.where(right, x - a, x + a) / (x.abs() + a)
        angle = torch.where(right, math.pi / 4, 3 * math.pi / 4) + (CUBIC * r * r - LINEAR) * r
        return torch.where(y < 0, -angle, angle)

    @staticmethod
    def _unit(x: Tensor) -> Tensor:
        return x / (torch.linalg.vector_norm(x, dim=3, keepdim=True) + EPSILON)


class TorchObjective:
    """Energy and gradient of the inversion, by autograd; x (N, H, W)."""

    def __init__(
        self, phi: Callable[[Tensor], Tensor], target: Tensor, sigma: float, tv: float, alpha: float
    ) -> None:
        self._phi, self._sigma, self._tv, self._alpha = phi, sigma, tv, alpha
        with torch.no_grad():
            self._target = phi(target)
        self._norm2 = float((self._target.double() ** 2).sum())

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.detach().requires_grad_()
        difference = self._phi(self._sigma * x) - self._target
        energy = (difference * difference).flatten(1).sum(dim=1) / self._norm2
        d1, d2 = x[:, :, 1:] - x[:, :, :-1], x[:, 1:] - x[:, :-1]
        tv = (d1 * d1).flatten(1).sum(dim=1) + (d2 * d2).flatten(1).sum(dim=1)
        cube = x * x * x
        energy = energy + self._tv * tv + self._alpha * (cube * cube).flatten(1).sum(dim=1)
        (gradient,) = torch.autograd.grad(energy.sum(), x)
        return energy.detach(), gradient
