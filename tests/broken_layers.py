"""Layers that are broken on purpose, each in one clause of the contract, and their messages."""

from __future__ import annotations

from typing import Any

import numpy as np

from inverse.arrays import Shape
from inverse.layers import Layer
from tests.support import Array


class Square(Layer):
    """y = x² for x of any shape: correct, and what the broken layers are made from."""

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: Array) -> tuple[Array, Any]:
        return x * x, x

    def backward(self, dy: Array, cache: Any) -> Array:
        return 2 * dy * cache


class WrongFactor(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return dy * cache


class WrongSign(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return -2 * dy * cache


class ForgottenBorder(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        dx = 2 * dy * cache
        dx[:, 0] = 0
        return dx


class TransposedGradient(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return np.swapaxes(2 * dy * cache, 2, 3).reshape(cache.shape)


class FlattenedGradient(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return (2 * dy * cache).reshape(len(dy), -1)


class WritesToInput(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        before = x.copy()
        np.multiply(x, x, out=x)
        return x, before


class WritesToInputInBackward(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        cache *= 2 * dy
        return np.array(cache)


class WritesToGradient(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        dy *= 2 * cache
        return dy


class UsesUpItsCache(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return x * x, x.copy()

    def backward(self, dy: Array, cache: Any) -> Array:
        cache *= 2 * dy
        return cache.copy()


class KeepsState(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        self.x = x
        return x * x, 2

    def backward(self, dy: Array, cache: Any) -> Array:
        return cache * dy * self.x


class KeepsShape(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        self.shape = x.shape
        return (x * x).reshape(len(x), -1).reshape(x.shape), x

    def backward(self, dy: Array, cache: Any) -> Array:
        return (2 * dy * cache).reshape(self.shape)


class ReusesBuffer(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        if not hasattr(self, "y") or self.y.shape != x.shape or self.y.dtype != x.dtype:
            self.y = np.empty_like(x)
        return np.multiply(x, x, out=self.y), x


class MixesBatchForward(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return x * x / np.sum(x * x), x


class MixesBatchBackward(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return 2 * dy * cache / len(dy)


class PromotesOutput(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return x * np.float64(1.0) * x, x


class PromotesGradient(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return np.float64(2.0) * dy * cache


class OnlySingle(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return (x * x).astype(np.float32), x


class RoughInSingle(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        offset = x.dtype.type(1e8)
        return (x * x + offset) - offset, x


class ReadsMemoryOrder(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        values = x.ravel(order="K").reshape(x.shape)
        return values * values, values


class ReadsGradientsMemoryOrder(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return 2 * dy.ravel(order="K").reshape(dy.shape) * cache


class NaNWhereFlat(Square):
    """(x − mean)/‖x − mean‖ without a guard where an image has no contrast."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        norm = np.sqrt(np.sum((x - x.mean(axis=1, keepdims=True)) ** 2, axis=1, keepdims=True))
        return (x - x.mean(axis=1, keepdims=True)) / norm, norm

    def backward(self, dy: Array, cache: Any) -> Array:
        return dy / cache


class NaNAtOnePlace(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        dx = 2 * dy * cache
        dx[:, 1, 2] = np.nan
        return dx


class InfiniteSlopeAtZero(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return np.sqrt(np.abs(x)), x

    def backward(self, dy: Array, cache: Any) -> Array:
        return dy * np.sign(cache) / (2 * np.sqrt(np.abs(cache)))


class OverflowsWhereHuge(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return np.log(np.cosh(x)), x

    def backward(self, dy: Array, cache: Any) -> Array:
        return dy * np.tanh(cache)


class LyingOutputShape(Square):
    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], shape[-1] + 1)


class RandomForward(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return x * x * np.random.default_rng().uniform(0.9, 1.1), x


class RandomBackward(Square):
    def backward(self, dy: Array, cache: Any) -> Array:
        return 2 * dy * cache * np.random.default_rng().uniform(0.9, 1.1)


class KinkEverywhere(Square):
    def forward(self, x: Array) -> tuple[Array, Any]:
        return np.floor(1e7 * x) / 1e7, x


BROKEN_LAYERS: dict[type[Layer], str] = {
    WrongFactor: r"backward disagrees with finite differences \(wrong factor, sign",
    WrongSign: r"backward disagrees with finite differences \(wrong factor, sign",
    ForgottenBorder: r"backward disagrees with finite differences \(wrong factor, sign",
    TransposedGradient: r"backward disagrees with finite differences \(wrong factor, sign",
    FlattenedGradient: r"dx that does not fit x: expected shape \(3, 5, 4, 2\), got \(3, 40\)",
    WritesToInput: r"forward writes to its input x: expected \S+ at index \(.*\), got",
    WritesToInputInBackward: r"backward writes to the input x of forward",
    WritesToGradient: r"backward writes to its input dy: expected",
    UsesUpItsCache: r"backward changes its cache, a second backward differs",
    KeepsState: r"state is kept outside the cache, a later forward changes the earlier backward: ",
    KeepsShape: r"state is kept outside the cache.* backward, which now raises ValueError",
    ReusesBuffer: r"state is kept outside the cache, a later forward changes the earlier y",
    MixesBatchForward: r"forward mixes the images of a batch, image 0 alone differs: expected",
    MixesBatchBackward: r"backward mixes the images of a batch, image 0 alone differs: expected",
    PromotesOutput: r"y should be float32 for float32 input, got float64",
    PromotesGradient: r"dx should be float32 for float32 input, got float64",
    OnlySingle: r"y should be float64 for float64 input, got float32",
    RoughInSingle: r"y in float32 is far from float64: norm of the difference \d",
    ReadsMemoryOrder: r"forward depends on the memory layout, a Fortran-ordered array",
    ReadsGradientsMemoryOrder: r"backward depends on the memory layout, a Fortran-ordered array",
    NaNWhereFlat: r"forward is not finite for a flat float64 input: nan at index",
    NaNAtOnePlace: r"backward is not finite for a generic float64 input: nan at index \(0, 1, 2, 0",
    InfiniteSlopeAtZero: r"backward is not finite for an all-zero float64 input: nan at index",
    OverflowsWhereHuge: r"forward is not finite for a huge \(1e6\) float64 input: inf at index",
    LyingOutputShape: r"disagrees with output_shape: expected shape \(3, 5, 4, 3\), got \(3, 5, 4",
    RandomForward: r"forward is not deterministic, a second call differs: expected",
    RandomBackward: r"backward is not deterministic, a second call differs: expected",
    KinkEverywhere: r"cannot be compared with finite differences: \d+ of 12 random directions",
}
