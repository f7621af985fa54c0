"""MaxPool, AveragePool and the global pools."""

from __future__ import annotations

from inverse.layers import AveragePool2d, GlobalAveragePool2d, GlobalMaxPool2d, MaxPool2d
from inverse.layers.windows import Window
from inverse.onnx.operation import Operation, Tensor, Unsupported, operator
from inverse.onnx.operators.windows import pair, window

__all__: list[str] = []


def _window(op: Operation) -> Window:
    if "kernel_shape" not in op.attributes:
        raise Unsupported("it must have a kernel_shape, got none")
    return window(op, pair(op, "kernel_shape"))


@operator("MaxPool")
def max_pool(op: Operation) -> Tensor:
    """Refused: one or three dimensions."""
    geometry = _window(op)
    return op.layer(
        MaxPool2d(
            kernel=geometry.kernel,
            stride=geometry.stride,
            pads=geometry.pads,
            dilation=geometry.dilation,
            ceil_mode=bool(op.attribute("ceil_mode", 0)),
        )
    )


@operator("AveragePool")
def average_pool(op: Operation) -> Tensor:
    """Refused: one or three dimensions."""
    geometry = _window(op)
    return op.layer(
        AveragePool2d(
            kernel=geometry.kernel,
            stride=geometry.stride,
            pads=geometry.pads,
            dilation=geometry.dilation,
            ceil_mode=bool(op.attribute("ceil_mode", 0)),
            count_include_pad=bool(op.attribute("count_include_pad", 0)),
        )
    )


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(op: Operation) -> Tensor:
    """Refused: arrays that are no images."""
    if op.x.rank != 4:
        raise Unsupported(f"only images of rank 4 have a layer, got shape {op.x.shape}")
    return op.layer(GlobalAveragePool2d() if op.type == "GlobalAveragePool" else GlobalMaxPool2d())
