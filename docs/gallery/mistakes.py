"""Ten mistakes in handwritten gradients: layers and terms of the package, each but for one fault.

The gallery shows this code; tests/test_gallery.py proves that `inverse.testing` finds each.
"""

import numpy as np

from inverse import Euclidean, TotalVariation
from inverse.layers import (
    ImageGradient,
    InstanceNorm,
    Layer,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    SpaceToDepth,
)


class WrongSign(ImageGradient):
    def backward(self, dy, cache):
        dx = np.zeros(cache.shape, dy.dtype)
        dx[:, 1:-1, 2:] += dy[:, 1:-1, 1:-1, :1]
        dx[:, 1:-1, :-2] -= dy[:, 1:-1, 1:-1, :1]
        dx[:, 2:, 1:-1] -= dy[:, 1:-1, 1:-1, 1:]  # the mistake: − for +
        dx[:, :-2, 1:-1] += dy[:, 1:-1, 1:-1, 1:]  # and + for −
        return dx


class ForgottenBorder(TotalVariation):
    def value_and_grad(self, x):
        value, _ = super().value_and_grad(x)
        around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        gradient = np.zeros_like(x)
        gradient[:, 1:-1, 1:-1] = 2 * (4 * x[:, 1:-1, 1:-1] - around)  # the border stays 0
        return value, gradient


class StaleCache(Layer):
    def output_shape(self, shape):
        return shape

    def forward(self, x):
        self.positive = x > 0  # the mistake: the next forward overwrites it
        return x * self.positive, None

    def backward(self, dy, cache):
        return dy * self.positive


class InPlace(ReLU):
    def forward(self, x):
        y = np.maximum(x, 0, out=x)  # the mistake: x is not this layer's to write in
        return y, (x > 0).astype(x.dtype)


class ForgottenMean(InstanceNorm):
    def backward(self, dy, cache):
        dz = dy * self.scale.astype(dy.dtype)
        return cache.inverse * dz  # the mistake: μ and σ depend on x too


class BatchForChannels(LocalResponseNorm):
    def backward(self, dy, cache):
        x, energy, factor = cache
        shares = dy * x * factor / energy
        through = np.zeros_like(x)
        for c in range(x.shape[0]):  # the mistake: N, for the C of x.shape[-1]
            window = slice(max(0, c - (self.size - 1) // 2), c + self.size // 2 + 1)
            through[..., window] += shares[..., c : c + 1]
        return factor * dy - 2 * self.alpha * self.beta * x * through


class TransposedBlocks(SpaceToDepth):
    def backward(self, dy, cache):
        n, h, w, c = cache
        b = self.block
        blocks = dy.reshape(n, h // b, w // b, b, b, c)  # axes N, H, W, i, j, c
        return blocks.transpose(0, 1, 4, 2, 3, 5).reshape(cache)  # the mistake: j for i


class ForgottenTwo(Euclidean):
    def value_and_grad(self, y):
        value, _ = super().value_and_grad(y)
        return value, (y - self.target.astype(y.dtype)) / self.norm2  # the mistake: 2 is missing


class NanWhereFlat(TotalVariation):
    def value_and_grad(self, x):
        d1, d2 = np.zeros_like(x), np.zeros_like(x)
        d1[:, :, :-1] = x[:, :, 1:] - x[:, :, :-1]
        d2[:, :-1] = x[:, 1:] - x[:, :-1]
        s = d1 * d1 + d2 * d2
        with np.errstate(divide="ignore", invalid="ignore"):
            k = s ** (self.beta / 2 - 1)  # the mistake: infinite where s = 0
            a1, a2 = k * d1, k * d2  # and there ∞ · 0
        gradient = -a1 - a2
        gradient[:, :, 1:] += a1[:, :, :-1]
        gradient[:, 1:] += a2[:, :-1]
        value = np.sum(s ** (self.beta / 2), axis=(1, 2, 3), dtype=np.float64)
        return value, self.beta * gradient


class AddedOnce(MaxPool2d):
    def forward(self, x):
        rows, cols = self.kernel
        windows = np.lib.stride_tricks.sliding_window_view(x, self.kernel, axis=(1, 2))
        windows = windows[:, :: self.stride[0], :: self.stride[1]]
        best = windows.reshape(*windows.shape[:4], rows * cols).argmax(axis=4)
        n, i, j, c = np.indices(best.shape)
        at = n, i * self.stride[0] + best // cols, j * self.stride[1] + best % cols, c
        return x[at], (x.shape, at)

    def backward(self, dy, cache):
        shape, at = cache
        dx = np.zeros(shape, dy.dtype)
        dx[at] += dy  # the mistake: of several dy for one place, the last alone is added
        return dx
