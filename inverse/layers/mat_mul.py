"""The product of two stacks of matrices, both of which depend on the image: attention."""

from __future__ import annotations

from dataclasses import dataclass

from inverse.arrays import Array, Shape, namespace
from inverse.errors import ShapeError
from inverse.layers.broadcasting import sum_to
from inverse.layers.join import Join

__all__ = ["MatMul"]


@dataclass(frozen=True, eq=False)
class MatMul(Join):
    """Y = A B, for the matrices on the last two axes of two arrays.

    Notes
    -----
    Forward, from (N, …, P, Q) and (N, …, Q, R) to (N, …, P, R):

        y[…, p, r] = Σ_q a[…, p, q] b[…, q, r]

    Backward, from dE = ⟨dY, dA B + A dB⟩:

        dA = dY Bᵀ,   dB = Aᵀ dY

    Both arrays have the same rank, 3 or more, and the same batch axis. Between the batch and the
    matrices, an axis with one entry is repeated as often as the other array's needs, and the
    gradient is then summed over the copies. NumPy's and ONNX's product would also take arrays of
    different ranks, of which the batch axes would not meet.

    Axes keep their order: to an array of rank 4 the last axis is that of the matrices' columns,
    not one of channels.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[[1.0, 2.0]]]), np.array([[[3.0], [4.0]]])
    >>> y, cache = MatMul().forward(a, b)
    >>> da, db = MatMul().backward(np.ones((1, 1, 1)), cache)
    >>> y.tolist(), da.tolist(), db.tolist()
    ([[[11.0]]], [[[3.0, 4.0]]], [[[1.0], [2.0]]])
    """

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(shapes) != 2:
            raise ShapeError(f"MatMul takes two arrays, got {len(shapes)}")
        a, b = shapes
        fits = (
            len(a) == len(b) >= 3
            and a[0] == b[0]
            and a[-1] == b[-2]
            and all(m == n or 1 in (m, n) for m, n in zip(a[1:-2], b[1:-2], strict=True))
        )
        if not fits:
            raise ShapeError(
                f"MatMul takes arrays of shapes (N, …, P, Q) and (N, …, Q, R), got {a} and {b}"
            )
        between = (n if m == 1 else m for m, n in zip(a[1:-2], b[1:-2], strict=True))
        return (a[0], *between, a[-2], b[-1])

    def forward(self, *xs: Array) -> tuple[Array, tuple[Array, ...]]:
        self.output_shape(*(tuple(x.shape) for x in xs))
        a, b = xs
        return namespace(a, b).matmul(a, b), xs

    def backward(self, dy: Array, cache: tuple[Array, ...]) -> tuple[Array, ...]:
        xp = namespace(dy)
        a, b = cache
        da = xp.matmul(dy, xp.matrix_transpose(b))
        db = xp.matmul(xp.matrix_transpose(a), dy)
        return sum_to(da, a.shape), sum_to(db, b.shape)
