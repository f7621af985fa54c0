"""What a regularizer is: a function of the image that is small where images are natural."""

from __future__ import annotations

from typing import Protocol

from inverse.arrays import Array

__all__ = ["Regularizer"]


class Regularizer(Protocol):
    """A function of the image x (N, H, W, C), one value for each image."""

    def value_and_grad(self, x: Array) -> tuple[Array, Array]:
        """Values of shape (N,) in float64 and ∂(their sum)/∂x of the shape of x."""
        ...
