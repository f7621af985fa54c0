"""Convolutions of stride s, made of convolutions of stride 1."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from inverse.arrays import Shape
from inverse.kernels.convolution import correlator
from inverse.kernels.correlator import Correlator, Filters, forward_filters
from inverse.kernels.gemm import Gemm
from inverse.kernels.kernel import Kernel
from inverse.kernels.padding import gated
from inverse.kernels.scratch import Plane, Scratch
from inverse.kernels.strips import strips
from inverse.layers import Conv2d, Layer

__all__ = ["StridedConvolution"]


class _Phase(NamedTuple):
    """The pixels of x that have the same remainders by the stride, and what gives their gradient.

    None where no tap ever meets them.
    """

    pixels: tuple[slice, slice]
    correlate: Correlator | None


class StridedConvolution(Kernel):
    """Equals `Conv2d` of a stride above 1, and a `ReLU` behind it.

    Notes
    -----
    Forward is one product (`Gemm`), of the windows that the stride leaves.

    Backward, a pixel h = s u + p of x is met by the taps k of which h − o − k is a multiple of s,
    with o the place of a window's first tap. Let r be the remainder of p − o by s and
    e = (p − o − r)/s: these are the taps k = r + s j, in window i = u + e − j. So the gradient of
    all pixels of one remainder p,

        dx_{s u + p} = Σ_j w_{r + s j} dy_{u + e − j},

    is the adjoint of a convolution of stride 1 with every s-th tap of the filters, and no product
    is done in vain.
    """

    shares = True
    repeats = True
    apart = True

    def __init__(
        self, layers: tuple[Layer, ...], shape: Shape, dtype: np.dtype[Any], scratch: Scratch
    ) -> None:
        layer = layers[0]
        assert isinstance(layer, Conv2d)
        output = layer.output_shape((1, *shape))[1:]
        self._rectify, self._scratch = len(layers) > 1, scratch
        self._forward = Gemm(forward_filters(layer, self._rectify), shape, output, dtype, scratch)
        self._phases = [
            self._phase(layer, (p, q), shape, output, scratch, dtype)
            for p in range(layer.stride[0])
            for q in range(layer.stride[1])
        ]
        self._y: Plane = np.empty(0, dtype)
        self._passed = scratch.common(output, dtype) if self._rectify else self._y

    def _phase(
        self,
        layer: Conv2d,
        remainders: tuple[int, int],
        shape: Shape,
        output: Shape,
        scratch: Scratch,
        dtype: np.dtype[Any],
    ) -> _Phase:
        pixels, taps, offset, size = [], [], [], []
        for axis, p in enumerate(remainders):
            s, o = layer.stride[axis], -layer.pads[axis]
            e, r = divmod(p - o, s)
            count = len(range(r, layer.weight.shape[axis], s))
            pixels.append(slice(p, None, s))
            taps.append(slice(r, None, s))
            offset.append(e - count + 1)
            size.append(len(range(p, shape[axis], s)))
        place = (pixels[0], pixels[1])
        weight = layer.weight[taps[0], taps[1]]
        if not weight.size or not min(size):
            return _Phase(place, None)
        every = scratch.constant(
            ("phase", id(layer), remainders), lambda: Conv2d(weight, groups=layer.groups)
        )
        filters = Filters(every, (offset[0], offset[1]), flipped=True)
        given = (size[0], size[1], shape[2])
        return _Phase(place, correlator(filters, output, given, dtype, scratch))

    def forward(self, x: Plane, y: Plane) -> None:
        self._forward(x, y)
        self._y = y

    def backward(self, dy: Plane, dx: Plane) -> None:
        if self._rectify:
            y, out, scratch = self._y, self._passed, self._scratch
            rows = strips(y.shape)
            scratch.share([partial(gated, dy[s], y[s], out[s], scratch) for s in rows])
            dy = out
        for pixels, correlate in self._phases:
            if correlate is None:
                self._scratch.alone(partial(self._scratch.run, dx[pixels].fill, 0))
            else:
                correlate(dy, dx[pixels])

    def describe(self) -> str:
        ways = Counter(phase.correlate.describe() for phase in self._phases if phase.correlate)
        back = ", ".join(f"{count} times {way}" for way, count in ways.items())
        return f"{self._forward.describe()}; back {back}"
