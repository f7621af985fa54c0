"""Strides, pads and dilations of sliding windows, as ONNX writes them."""

from __future__ import annotations

from inverse.layers.windows import Pads, Pair, Window
from inverse.onnx.operation import Operation, Unsupported

__all__ = ["pair", "window"]


def pair(operation: Operation, name: str, default: int = 1) -> Pair:
    """An attribute of two whole numbers, rows before columns."""
    values = [int(v) for v in operation.attribute(name, [default, default])]
    if len(values) != 2:
        raise Unsupported(f"only images of two dimensions have a layer, got {name} {values}")
    return values[0], values[1]


def window(operation: Operation, kernel: Pair) -> Window:
    """The window of a convolution or pool; ``auto_pad`` is resolved for the input's size."""
    if operation.x.rank != 4:
        raise Unsupported(f"only images of rank 4 have a layer, got shape {operation.x.shape}")
    stride, dilation = pair(operation, "strides"), pair(operation, "dilations")
    auto = operation.attribute("auto_pad", "NOTSET")
    if auto in ("NOTSET", "VALID", ""):
        pads = [0, 0, 0, 0] if auto == "VALID" else operation.attribute("pads", [0, 0, 0, 0])
        top, left, bottom, right = (int(v) for v in pads)
        return Window(kernel, stride, (top, left, bottom, right), dilation)
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise Unsupported(f"its auto_pad is unknown, got {auto!r}")
    if min(*stride, *dilation, *kernel) < 1:
        raise Unsupported("its strides, dilations and kernel must be at least 1")
    if stride != (1, 1):  # with a stride of 1 the pads are the same for every size
        operation.depends_on_size()
    return Window(kernel, stride, _same(operation, kernel, stride, dilation, auto), dilation)


def _same(operation: Operation, kernel: Pair, stride: Pair, dilation: Pair, auto: str) -> Pads:
    """Pads with which the output has ⌈size/stride⌉ rows and columns; the odd one at ``auto``."""
    near, far = [], []
    for i, size in enumerate(operation.x.shape[2:]):
        extent = dilation[i] * (kernel[i] - 1) + 1
        total = max(0, (-(-size // stride[i]) - 1) * stride[i] + extent - size)
        small, large = total // 2, total - total // 2
        near.append(small if auto == "SAME_UPPER" else large)
        far.append(large if auto == "SAME_UPPER" else small)
    return near[0], near[1], far[0], far[1]
